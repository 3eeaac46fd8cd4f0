"""What words in the names of files and folders mean, in English and seven other languages.

Words are compared as `data.column_words.normalised` returns them. One that ends with `*` stands for every word that
begins so; regular English forms (`walks`, `walked`, `walking`) are derived from the verb. A word with a meaning
besides (a first name, a month) is left out: an unknown word costs a question, a wrong one a wrong label.
"""

import re
from collections.abc import Iterable
from functools import cache

from data import column_words
from data.column_words import normalised


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())


ENGLISH_VERBS = _words(
    "walk run jog sit stand lie lay climb jump hop skip cycle bike bik drive ride swim row squat lunge stretch "
    "bend reach lift carry throw catch kick punch clap wave eat drink write read cook clean wash brush sweep "
    "vacuum mop iron fold dress undress fall stumble trip turn twist rotate tap pinch grasp grip press push "
    "pull pour stir cut shake nod talk speak smoke sleep rest relax dance march step limp shuffle crawl roll "
    "kneel crouch balance sway hold raise flex extend abduct adduct pronate supinate elevate sprint trot "
    "plank pedal skate ski hike play dribble shoot serve swing hit bowl knock shave comb pick "
    "lean descend ascend"
)
ACTIVITIES = _words(
    # English
    "gait lying laid stair stairs staircase stairclimb upstairs downstairs treadmill elliptical escalator "
    "elevator idle sedentary still stationary inactive inactivity standup sitdown sts sit2stand stand2sit tug "
    "tugt smwt sixmwt 6mwt 6mw 2mwt 10mwt 10mwr 400m 5xsts fttsts sppb romberg tandem posture postural tremor "
    "resting kinetic fingertap fingertapping handopening toetapping legagility pushup pushups situp situps pullup "
    "pullups burpee burpees lunges jumpingjack jumpingjacks jumprope ropejump ropejumping yoga pilates aerobics "
    "gym football soccer basketball tennis volleyball badminton golf boxing rowing cycling biking bicycle "
    "adl adls housework laundry teeth toothbrush "
    "toothbrushing freeliving static dynamic transition transitions fog freezing flexion extension abduction "
    "adduction rotation pronation supination elevation pendulum handwriting typing soup pasta sandwich "
    "drinking falls backfall frontfall syncope stroll commute locomotion vacuuming ironing "
    "doorknob bottle cup laying running",
    # German
    "gehen geht gang gangtest gehtest spazier* laufen laeuft laufend joggen rennen rennt sitzen sitzend sitzt "
    "hinsetzen stehen stehend steht aufstehen liegen liegend liegt hinlegen treppe treppen treppensteigen treppab "
    "treppauf steigen huepfen springen springt sprung radfahren fahrrad fahren fahrt autofahren schwimm* "
    "kniebeuge* strecken beugen beugung streckung drehen drehung heben anheben tragen werfen fangen klatschen "
    "winken essen trinken schreiben tippen lesen kochen putzen waschen zaehneputzen buegeln staubsaugen schlafen "
    "ruhe ruhen ausruhen tanzen stolpern fallen sturz balancieren gleichgewicht schuetteln ziehen druecken "
    "greifen zeigen klopfen ruder* turnen bewegungslos ausfallschritt* hampelmann liegestuetz* stillstehen "
    "stillsitzen",
    # French
    "marche marcher marchant courir course courant court assis assise asseoir sasseoir debout lever selever "
    "allonge allongee couche couchee coucher escalier escaliers monter descendre montee descente sauter saut "
    "sauts velo cyclisme conduire conduite nager natation flexions etirement* etirer pencher atteindre porter "
    "lancer attraper applaudir saluer manger boire ecrire taper lire cuisiner nettoyer laver repasser dormir "
    "repos danser tomber chute chutes tourner demitour equilibre secouer tirer pousser trottiner accroupi* "
    "immobile",
    # Spanish
    "caminar caminando caminata caminar* andar andando marcha correr corriendo carrera trotar trotando trote "
    "sentado sentada sentarse sentar sentados pie depie parado parada levantarse acostado acostada acostarse "
    "tumbado tumbada escalera escaleras subir subiendo bajar bajando saltar saltando salto saltos bicicleta "
    "ciclismo pedalear conducir conduciendo nadar sentadilla sentadillas estirar estiramiento* agacharse alcanzar "
    "cargar lanzar atrapar aplaudir saludar comer comiendo beber bebiendo escribir escribiendo teclear leer "
    "leyendo cocinar limpiar lavar planchar dormir durmiendo reposo descanso descansar bailar caer caida caidas "
    "girar giro equilibrio empujar tirar",
    # Italian
    "camminare camminata cammino camminando passeggia* passeggiata correre corsa correndo seduto seduta sedersi "
    "sedere piedi inpiedi alzarsi alzata sdraiato sdraiata sdraiarsi scale scala salire salita scendere discesa "
    "saltare saltello bici ciclismo guidare guida nuotare nuoto squat piegare allungare raggiungere sollevare "
    "portare lanciare prendere applaudire salutare mangiare bere scrivere leggere cucinare pulire lavare stirare "
    "dormire riposo riposare ballare cadere caduta cadute girare rotazione equilibrio spingere tirare fermo "
    "corricchia*",
    # Portuguese
    "caminhar caminhada caminhando andar andando marcha correr corrida correndo trotar sentado sentada sentarse "
    "sentar empe pe levantar levantarse deitado deitada deitar deitarse escada escadas subir subindo descer "
    "descendo saltar saltando pular pulando pulo salto bicicleta pedalar pedalando conduzir dirigir nadar natacao "
    "agachar agachamento alongar alongamento alcancar carregar lancar apanhar aplaudir acenar comer comendo beber "
    "bebendo escrever digitar ler lendo cozinhar limpar lavar passar dormir dormindo repouso descanso dancar cair "
    "queda quedas girar virar equilibrio empurrar puxar parado",
    # Dutch
    "lopen loopt wandelen wandelend gelopen rennen rent hardlopen joggen zitten zittend gaanzitten staan staand "
    "opstaan liggen liggend trap trappen traplopen springen huppelen fietsen fiets autorijden rijden zwemmen "
    "kniebuiging* strekken buigen reiken tillen dragen gooien vangen klappen zwaaien eten drinken schrijven typen "
    "lezen koken schoonmaken wassen strijken stofzuigen slapen rusten rust dansen vallen struikelen draaien "
    "evenwicht duwen trekken stilstaan stilzitten roeien",
    # Polish
    "chod chodzenie chodzi chodzic spacer spacerowanie marsz bieg bieganie biegac biegnie trucht siedzenie siedzi "
    "siedzac siadanie siadac stanie stoi stac stojac wstawanie wstac lezenie lezy lezec lezac schody wchodzenie "
    "schodzenie podskok podskoki skakanie skok skoki rower jazda plywanie przysiad przysiady rozciaganie zginanie "
    "sieganie podnoszenie noszenie rzucanie lapanie klaskanie machanie jedzenie picie pisanie czytanie gotowanie "
    "sprzatanie mycie prasowanie odkurzanie spanie sen odpoczynek spoczynek taniec upadek upadki upadanie obrot "
    "obracanie rownowaga pchanie ciagniecie",
)
# Words that belong to an activity next to them, and are none by themselves.
QUALIFIERS = _words(
    "up down to and the of a an in with from fast slow slowly quick quickly normal preferred self selected "
    "comfortable brisk speed pace forward forwards backward backwards open closed eyes eye single dual "
    "chair bed "
    "floor couch sofa level flat uphill downhill slope incline over under around straight outdoor indoor "
    "outside inside free light heavy high quiet upright side front test reps soft hard foam without no",
    "schnell langsam normales normal auf ab hinauf hinunter hoch runter vorwaerts rueckwaerts und zu mit ohne "
    "augen offen einbein arm arme bein beine stuhl bett boden test",
    "rapide lent lente lentement vite en de du des la le les a au aux et haut bas avant arriere yeux ouverts "
    "fermes",
    "rapido lento rapida lenta despacio normal de la el los las con sin y arriba abajo adelante atras ojos",
    "veloce lento lenta piano di da in su giu del della le il con senza avanti indietro",
    "rapido devagar lento em de do da no na as os para cima baixo frente tras",
    "snel langzaam normaal op af omhoog omlaag naar van met zonder en",
    "szybki szybkie szybko wolny wolne wolno normalny normalne do gory dol po na z",
)
SIDES = _words(
    "left right l r lt rt lh rh lw rw lf rf both bilateral dominant nondominant dom nondom ndom contralateral "
    "ipsilateral",
    "links rechts linke rechte linker rechter li re beidseitig beide",
    "gauche droite droit izquierda derecha izquierdo derecho izq der izda dcha",
    "sinistra destra sinistro destro sx dx sin dex esquerda direita esquerdo direito esq dir",
    "linkerhand rechterhand lewa prawa lewy prawy lewe prawe",
)
GROUPS = _words(
    "patients patient controls control ctrl ctl ctrls hc hcs hv pd pds msp als copd sca hd stroke healthy cases "
    "case elderly elder elders old older young younger youth adult adults child children kids teen teens faller "
    "fallers nonfaller nonfallers experimental experiment intervention placebo treatment treated untreated sham "
    "male female males females men women parkinson parkinsons diseased affected unaffected normals normal "
    "athletes",
    "patienten kontrolle kontrollen kontrollgruppe versuchsgruppe interventionsgruppe gesund gesunde kranke "
    "probanden maenner frauen kinder senioren junge alte",
    "temoin temoins malades malade sains sujets hommes femmes enfants jeunes ages",
    "pacientes controles control sanos sanas enfermos hombres mujeres ninos jovenes mayores ancianos",
    "pazienti controlli sani malati uomini donne bambini giovani anziani",
    "controlos saudaveis doentes homens mulheres criancas jovens idosos",
    "gezond gezonden gezonde controlegroep patientgroep mannen vrouwen kinderen jongeren ouderen",
    "pacjenci kontrola kontrolna kontrolni zdrowi chorzy mezczyzni kobiety dzieci mlodzi starsi badana",
)
GROUP_CODES = _words("group grp gruppe groupe grupo gruppo groep grupa cohort arm site centre center")
VISITS = _words(
    "on off onmed offmed medon medoff pre post baseline followup fu bl base before after premed postmed preop "
    "postop pretest posttest prepost intake discharge admission midterm mid first second third initial final "
    "morning evening afternoon night mon tue tues wed thu thur thurs fri sat",
    "vorher nachher vortest nachtest anfang ende morgens abends avant apres matin soir antes despues prueba "
    "manana tarde noche prima dopo mattina sera depois manha noite voor na voormeting nameting ochtend avond "
    "przed po rano wieczorem",
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag "
    "sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves viernes",
)
VISIT_CODES = _words(
    "visit day week month year session ses sess timepoint tp wave phase besuch tag woche monat sitzung termin "
    "messung jour semaine mois visite seance dia semana mes sesion visita giorno settimana mese sessione sessao "
    "sesja wizyta dzien tydzien miesiac dag maand bezoek sessie meting"
)
# Devices, sensors, places, on the body too, formats, and words for files: they are said of every recording.
NOISE = _words(
    "acc accel accelerometer accelerometers accelerometry acceleration gyr gyro gyroscope mag magnetometer imu "
    "imus sensor sensors sens motion device devices dev watch smartwatch phone smartphone iphone android pixel "
    "galaxy samsung apple garmin fitbit empatica e4 actigraph gt3x axivity ax3 ax6 geneactiv shimmer xsens "
    "movella dot metawear opal apdm mtw wrist ankle waist hip chest thigh shank lumbar trunk belt pocket hand arm "
    "foot head back sternum lower upper forearm shoulder neck leg body linear linacc totalacc gravity orientation",
    "raw data rawdata dat csv txt tsv xlsx xls json parquet edf mat hdf5 h5 npy bin cwa file files export "
    "exported exports output out log logs logger record records recording recordings rec recs measurement "
    "measurements measure session sessions dataset datasets database db study studies project sample samples "
    "signal signals sig series timeseries clean cleaned filtered processed preprocessed unprocessed resampled "
    "calibrated cal synced sync merged combined final original copy new old backup train test validation val "
    "labelled labeled unlabelled annotated annotation annotations hz sps ms sec s fs version upload uploads "
    "download downloads documents desktop home users tmp temp folder all my our the results result subjects "
    "participants people persons volunteers trials activities tasks exercises movements phyphox sensorlogger "
    "matlab mobile physics toolbox app",
    "kitchen bathroom bedroom livingroom office garden gym street hallway corridor ward clinic hospital lab laboratory "
    "grass asphalt sand gravel carpet concrete pavement",
    "daten rohdaten messung messungen aufnahme aufnahmen aufzeichnung aufzeichnungen studie projekt sensor "
    "sensoren uhr handy handgelenk datei dateien teilnehmer probanden ordner neu alt kopie",
    "donnees brutes mesure mesures enregistrement enregistrements etude fichier fichiers montre telephone poignet "
    "copie",
    "datos crudos medicion mediciones grabacion grabaciones registro registros estudio archivo archivos reloj "
    "muneca",
    "dati grezzi misura misure registrazione registrazioni studio cartella orologio polso",
    "dados brutos medicao gravacao gravacoes estudo arquivo arquivos relogio pulso",
    "gegevens ruwe meting metingen opname opnames onderzoek bestand bestanden horloge pols",
    "dane surowe pomiar pomiary nagranie nagrania badanie badania plik pliki zegarek nadgarstek",
)
# What one person's recordings may differ in, and people are not called: rooms, floors, shoes, cameras.
THINGS = _words(
    "kitchen bathroom bedroom livingroom office garden gym street hall hallway corridor ward clinic lab laboratory "
    "room grass asphalt sand gravel carpet concrete pavement tiles treadmill overground indoor outdoor floor surface "
    "terrain barefoot sneakers boots sandals heels shoe shoes slippers socks trainers cam camera cameras kinect video "
    "view kueche bad schlafzimmer wohnzimmer flur rasen teppich barfuss turnschuhe stiefel kamera",
)
# Many different activities are called so: the number after it may tell which.
UMBRELLAS = _words("adl adls iadl fall falls task tasks exercise exercises")
EXTENSIONS = _words(
    "csv tsv txt tab dat asc log json jsonl xls xlsx xlsm ods parquet pq feather arrow mat h5 hdf5 hdf npy npz edf bdf "
    "gdf gt3x cwa bin mot sto trc c3d mvnx xml sqlite db hea acc zip gz bz2 xz"
)
MONTHS = (
    "jan(?:uary|uar)?|feb(?:ruary|ruar)?|m(?:ar(?:ch)?|aerz|arz|är)|apr(?:il)?|may|mai|june?|juni|july?|juli|"
    "aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
)
COUNTED_FILES = _words("rec recs recording aufnahme messung experiment exp file")
# Points of a code such as P01 by its prefix, and of a value after a word such as `sub-`; see `readings`.
MARKERS: dict[str, dict[str, float]] = {
    "subject": {
        **dict.fromkeys(set(column_words.SUBJECT) - {"name", "id", "uid", "sid", "who"}, 5.0),
        **dict.fromkeys(
            _words(
                "sub suj subjects participants part ppt pp pt pts proband probandin vp vpn tn tln pat pac paz pz user",
                "volunteer vol person pers personne persona pessoa osoba deelnemer deeln dlnmr badany uczestnik",
                "pacjent paziente partecipante soggetto sogg participante voluntario patientin wearer child case cp oa",
                "pid uid sid dyad athlete player hc pd ms hv ctrl ctl con control controls faller stroke",
            ),
            5.0,
        ),
        **dict.fromkeys("abdefgjklmoqxyz", 1.5),
        **dict.fromkeys(COUNTED_FILES, 1.0),
        "p": 4.5,
        "id": 4.0,
        "name": 4.0,
        **dict.fromkeys(("s", "u", "sa", "se"), 3.0),
        "c": 2.5,
        "h": 2.0,
    },
    "activity": {
        **dict.fromkeys(set(column_words.ACTIVITY) - {"gt", "class"}, 5.0),
        **dict.fromkeys(
            _words(
                "act ex exe exerc task tsk mov move gest aktiv akt ubg aktivnosc czynnosc cwiczenie zadanie taak",
                "oefening activiteit attivita esercizio compito atividade exercicio tarefa condition cond",
            ),
            5.0,
        ),
        **dict.fromkeys("aed", 1.5),
        **dict.fromkeys("fmg", 1.0),
        "c": 0.5,
    },
    "trial": {
        **dict.fromkeys(
            set(column_words.TRIAL)
            - {"side", "file", "filename", "exp", "experiment", "recording", "recordingid"},
            5.0,
        ),
        **dict.fromkeys(
            _words(
                "tr trl tri reps rep wdh wh versuch try takes rd round bout nr no num essai prova proba powtorzenie",
                "proef herhaling ripetizione tentativa tentativo repeticao repeticion intento take set",
            ),
            4.5,
        ),
        **dict.fromkeys("tr", 3.0),
        "v": 2.5,
        **dict.fromkeys("nw", 2.0),
        "d": 0.5,
        **dict.fromkeys(COUNTED_FILES, 2.0),
    },
}
SUFFIXES = re.compile(r"(?:ing|ed|es|s)$")
SHORTEST_STEM = 4  # letters of a word that may be glued to another


@cache
def is_activity(word: str) -> bool:
    """Return whether a normalised word names an activity."""
    return any(
        form in _activities() or form in ENGLISH_VERBS or _is_english_form(form) or form.startswith(_stems())
        for form in spellings(word)
    )


@cache
def is_activity_phrase(word: str) -> bool:
    """Return whether a normalised word is glued together from an activity and words that go with it: `stairsup`."""
    return any(
        (
            (is_activity(word[:i]) and _is_phrase(word[i:]))
            or (_is_qualifier(word[:i]) and _is_phrase(word[i:]))
        )
        and max(i, len(word) - i) >= SHORTEST_STEM
        for i in range(2, len(word) - 1)
    ) and any(is_activity(word[:i]) or is_activity(word[i:]) for i in range(2, len(word) - 1))


def contains_activity(word: str) -> bool:
    """Return whether a normalised word begins or ends with an activity: `annawalk`."""
    return any(
        (is_activity(word[:i]) and i >= SHORTEST_STEM)
        or (is_activity(word[i:]) and len(word) - i >= SHORTEST_STEM)
        for i in range(2, len(word) - 1)
    )


def spellings(word: str) -> Iterable[str]:
    """Return a word, and without the e that stands for an umlaut: word lists and files write either."""
    yield word
    if re.search("[aou]e", word):
        yield re.sub("([aou])e", r"\1", word)


def _is_qualifier(word: str) -> bool:
    """Return whether a word may be glued to an activity; short ones also begin names, as in `annawalk`."""
    return word in QUALIFIERS and (len(word) > 2 or word in ("up", "to", "op", "af", "ab"))


def _is_phrase(word: str) -> bool:
    return _is_qualifier(word) or is_activity(word) or is_activity_phrase(word)


def _is_english_form(word: str) -> bool:
    stem = SUFFIXES.sub("", word)
    if stem == word or len(stem) < 2:
        return False
    single = stem[:-1] if len(stem) > 2 and stem[-1] == stem[-2] else stem
    return bool({stem, stem + "e", single} & ENGLISH_VERBS)


@cache
def _activities() -> frozenset[str]:
    return frozenset(form for word in ACTIVITIES for form in spellings(word))


@cache
def _stems() -> tuple[str, ...]:
    return tuple(word[:-1] for word in ACTIVITIES if word.endswith("*"))


def marker_points(role: str, word: str) -> float | None:
    """Return the points of a prefix or a preceding word for a role, `None` if it says nothing about it."""
    return MARKERS[role].get(normalised(word))
