"""Column names that files from different sources use for the same thing, in English, German, French and Spanish.

Names are compared ignoring case, accents, spaces and punctuation. Earlier names take precedence over later ones.
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


def normalised(name: str) -> str:
    """Return `name` in lower case without accents, spaces and punctuation, for comparison with the names above."""
    decomposed = unicodedata.normalize("NFKD", name).replace("ß", "ss")
    return re.sub(r"[^a-z0-9]", "", decomposed.lower())


def name_words(name: str) -> list[str]:
    """Return the words of a name such as `subjectCode` or `subject_code`, each as returned by `normalised`."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [normalised(part) for part in re.split(r"[^\w]|_", parts) if normalised(part)]


def is_motion_name(name: str) -> bool:
    """Return whether a column name suggests a channel of a motion sensor."""
    return MOTION.search(normalised(name)) is not None
