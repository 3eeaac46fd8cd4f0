"""Words by which files from different places name the same thing. English, German, French, Spanish.

Words are compared without case, accents, spaces and signs. Earlier words win over later ones.
"""

import re
import unicodedata


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SUBJECT = _words(
    "subject subjectid subjectno subjectnr subjectnumber subj participant participantid user userid "
    "person personid  patient patientid volunteer individual proband probandid versuchsperson "
    "teilnehmer teilnehmerin nutzer  patientin sujet utilisateur personne sujeto paciente usuario pid "
    "uid sid vp who name id"
)
ACTIVITY = _words(
    "activity activityname activitylabel activityid activities exercise movement motion gesture task "
    "action  behaviour behavior aktivitat aktivitaet ubung uebung bewegung tatigkeit taetigkeit "
    "aufgabe activite exercice  mouvement tache actividad ejercicio label labels class classname "
    "classlabel target gt groundtruth"
)
TRIAL = _words(
    "trial trialid trialno repetition rep session sessionid experiment experimentid expid exp run "
    "take attempt  recording recordingid versuch wiederholung durchgang sitzung essai repetitions "
    "seance ensayo set side file  filename"
)
TIME = _words(
    "time times timestamp timestamps t timeseconds timesec timems timeus timens ts datetime date "
    "zeit zeitstempel uhrzeit temps horodatage tiempo seconds secs elapsed elapsedtime secondselapsed "
    "clock epoch  unixtime milliseconds msec sampletime samplecounter counter sample sampleno "
    "samplenumber sampleindex frame  frameno framenumber tick ticks"
)
ATTRIBUTE = _words(
    "gender sex age height weight bmi handedness hand geschlecht alter grosse groesse gewicht sexe "
    "taille poids  birthyear race ethnicity diagnosis group"
)
NOT_A_CHANNEL = _words(
    "index idx row rowno rowid rownumber rownr line lineno number no nr bout segment segmentid seg filled "
    "series seriesid  sequence sequenceid seq window windowid windowno block fold split chunk part "
    "partition packet marker event  annotation start end begin stop battery labelid classid"
)
MOTION = re.compile(
    r"acc|gyr|mag(?!e)|rotation|gravity|attitude|quat|roll|pitch|yaw|^[awxyzgm]\d?[xyz]$|^[xyz]$|beschl|drehrate"
)


def plain(name: str) -> str:
    """Return `name` in lower case without accents, spaces and signs, to compare it with these words."""
    decomposed = unicodedata.normalize("NFKD", name).replace("ß", "ss")
    return re.sub(r"[^a-z0-9]", "", decomposed.lower())


def tokens(name: str) -> list[str]:
    """Return the words of a name such as `subjectCode` or `subject_code`, each as `plain` has it."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [plain(part) for part in re.split(r"[^\w]|_", parts) if plain(part)]


def names_motion(name: str) -> bool:
    """Return whether a column's name says that it holds a motion sensor's channel."""
    return MOTION.search(plain(name)) is not None
