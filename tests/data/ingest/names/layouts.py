"""Random layouts of files and folders as studies use them, with the truth."""

import random
from dataclasses import dataclass

FIRST_NAMES = [
    "anna",
    "ben",
    "Alma",
    "Bert",
    "Cleo",
    "Lena",
    "Tom",
    "Maria",
    "José",
    "Zoë",
    "Jan",
    "Mia",
    "Paul",
    "Sofia",
    "Luca",
    "Marek",
    "Ola",
    "Piet",
    "Sanne",
    "Joao",
    "Ines",
    "Carlos",
    "Lucia",
    "Hugo",
    "Chloe",
    "Karl",
    "Emma",
    "Noah",
    "Kasia",
    "Wim",
    "Giulia",
    "Ravi",
    "Mei",
    "Yusuf",
    "Fatima",
    "Priya",
    "Omar",
    "Ada",
    "Grace",
    "Ken",
    "Yuki",
    "Bo",
    "Li",
    "Al",
    "Max",
    "Eva",
    "Walter",
]
ACTIVITIES = {
    "English": "walk,sit,stand,run,stairs up,stairs down,lie,jump,sit to stand,cycling,Walking,drinking",
    "German": "gehen,sitzen,stehen,laufen,Treppe hinauf,Treppe hinunter,liegen,hüpfen,aufstehen,schnell gehen",
    "French": "marche,assis,debout,courir,monter escaliers,descendre escaliers,couché,sauter,vélo",
    "Spanish": "caminar,sentado,de pie,correr,subir escaleras,bajar escaleras,acostado,saltar",
    "Italian": "camminare,seduto,in piedi,correre,salire scale,scendere scale,sdraiato,saltare",
    "Portuguese": "caminhar,sentado,em pé,correr,subir escadas,descer escadas,deitado,pular",
    "Dutch": "lopen,zitten,staan,rennen,trap op,trap af,liggen,springen,fietsen",
    "Polish": "chodzenie,siedzenie,stanie,bieganie,schody,leżenie,skakanie,chód",
    "clinical": "TUG,6MWT,10MWT,5xSTS,romberg,tapping,gait,rest",
    "unknown": "zumba,floorball,gardening,jenga,salsa,tai chi,parkour",
    "codes": "A01,A02,A03,A04",
}
CODES = (
    "P{}",
    "S{}",
    "sub{}",
    "sub-{}",
    "VP{}",
    "A{}",
    "subject_{}",
    "{}",
    "U{}",
    "ID{}",
    "Proband{}",
    "participant_{}",
)
TRIALS = ("{}", "{:02d}", "T{}", "trial{}", "rep{}", "run-{:02d}", "trial_{}", "r{}")
VISITS = (
    ("pre", "post"),
    ("T0", "T1"),
    ("visit1", "visit2"),
    ("day1", "day2", "day3"),
    ("baseline", "followup"),
)
SIDES = (("left", "right"), ("L", "R"), ("links", "rechts"))
GROUPS = (("patients", "controls"), ("HC", "PD"), ("young", "elderly"))
DATES = (
    "2025-02-{d:02d}_10-{m:02d}-00",
    "202502{d:02d}",
    "{d:02d}.02.2025",
    "202502{d:02d}_10{m:02d}00",
    "2025-02-{d:02d}",
)
PROJECTS = ("study", "data", "raw", "shoulder_study", "recording", "acc", "IMU", "watch")


@dataclass(frozen=True)
class Layout:
    """Files of a study.

    Attributes:
        truth: Person and activity (`""` if the names have none) of each path.
    """

    truth: dict[str, tuple[str, str]]


def random_layout(rng: random.Random) -> Layout:
    """Draw people, activities and repetitions, what else names say, the order, and the separators."""
    language = rng.choice([*ACTIVITIES, *(4 * ["English"]), "German"])
    people = _people(rng)
    listed = ACTIVITIES[language].split(",")
    activities = [""] if rng.random() < 0.1 else rng.sample(listed, min(rng.randint(1, 5), len(listed)))
    n_trials = rng.choice((1, 1, 1, 2, 3, 4))
    separator = rng.choice(("_", "_", "_", "-", " ", ".", ""))
    trial = rng.choice(TRIALS) if n_trials > 1 or rng.random() < 0.2 else None
    visits = rng.choice(VISITS) if rng.random() < 0.12 else ("",)
    sides = rng.choice(SIDES) if rng.random() < 0.12 else ("",)
    groups = rng.choice(GROUPS) if rng.random() < 0.15 else None
    date = rng.choice(DATES) if rng.random() < 0.15 else None
    project = rng.choice(PROJECTS) if rng.random() < 0.4 else None
    folders, name = _order(rng, activities != [""], groups, visits, sides, trial, date, project)
    written = {activity: _written(rng, activity, separator) for activity in activities}
    share_missing, varying = rng.choice((0, 0, 0.1, 0.2)), rng.random() < 0.4
    truth: dict[str, tuple[str, str]] = {}
    for number, person in enumerate(people):
        for activity in activities:
            n = rng.randint(1, n_trials) if varying else n_trials
            for visit, side, t in ((v, s, t) for v in visits for s in sides for t in range(1, n + 1)):
                if rng.random() < share_missing:
                    continue
                k = len(truth)
                said = {
                    "person": person, "activity": written[activity], "visit": visit, "side": side,
                    "group": groups[number % len(groups)] if groups else "", "trial": trial.format(t) if trial else "",
                    "date": date.format(d=1 + k % 27, m=k % 59) if date else "", "project": project or "",
                    "data": "data",
                }  # fmt: skip
                path = "/".join(
                    [*(said[part] for part in folders), _joined([said[p] for p in name], separator) + ".csv"]
                )
                truth.setdefault(path, (person, activity))
    return Layout(truth)


def _people(rng: random.Random) -> list[str]:
    n = rng.choice((1, 2, 2, 3, 3, 4, 5, 8, 12))
    if rng.random() < 0.3:
        return rng.sample(FIRST_NAMES, n)
    code, start, width = rng.choice(CODES), rng.choice((1, 1, 1, 3, 10)), rng.choice((1, 2, 2, 3))
    numbers = sorted(rng.sample(range(start, start + n * rng.choice((1, 1, 2))), n))
    return [code.format(f"{number:0{width}d}") for number in numbers]


def _order(rng, has_activity, groups, visits, sides, trial, date, project) -> tuple[list[str], list[str]]:
    """Return what folders and names consist of."""
    parts = ["person", *(["activity"] if has_activity else [])]
    if rng.random() < 0.35:
        rng.shuffle(parts)
    n_folders = min(rng.choice((0, 0, 0, 1, 1, 2)), len(parts))
    folders, name = parts[:n_folders], parts[n_folders:]
    if groups:
        folders.insert(0, "group") if rng.random() < 0.6 else name.insert(rng.randint(0, len(name)), "group")
    if visits != ("",):
        (folders if rng.random() < 0.5 else name).append("visit")
    if sides != ("",):
        name.append("side")
    if trial:
        name.append("trial")
    if date:
        name.append("date") if rng.random() < 0.6 else name.insert(0, "date")
    if project:
        (name if rng.random() < 0.5 else folders).insert(0, "project")
    if "person" in folders and rng.random() < 0.12:
        name.insert(0, "person")
    return folders, name or ["data"]


def _written(rng: random.Random, activity: str, separator: str) -> str:
    way = rng.choice(("as listed", "as listed", "lower", "title", "camel"))
    if way == "camel" or separator == "":
        return "".join(word[:1].upper() + word[1:] for word in activity.split())
    text = {"lower": activity.lower(), "title": activity.title()}.get(way, activity)
    return text.replace(
        " ", rng.choice((separator if separator != "." else "_", "-" if separator != "-" else "_"))
    )


def _joined(pieces: list[str], separator: str) -> str:
    """Join pieces; without a separator by capitals, and by _ where two digits would meet."""
    text = pieces[0]
    for piece in pieces[1:]:
        if separator:
            text += separator + piece
        else:
            meet = text[-1:].isdigit() and piece[:1].isdigit()
            text += "_" + piece if meet else piece[:1].upper() + piece[1:]
    return text
