"""Labels of rows: who, what, which repetition, and what they make series and people of."""

import numpy as np
import pandas as pd

from data.columns import ColumnMapping, is_attribute


def label_codes(table: pd.DataFrame, column: str | None) -> tuple[np.ndarray, list[str]]:
    """Return a code for each row's label (-1 where missing) and the labels as text, in order.

    Whole numbers are written without decimals, whatever a column with gaps made of them. Without a
    column, all rows carry the label `""`.
    """
    if column is None:
        return np.zeros(len(table), dtype=np.int64), [""]
    codes, uniques = pd.factorize(table[column])
    texts = pd.Series([_as_text(label) for label in uniques], dtype=object)
    recoded, labels = pd.factorize(texts.where(texts != ""), sort=True)
    return np.append(recoded, -1)[codes], list(labels)


def _as_text(label: object) -> str:
    if isinstance(label, float | np.floating) and float(label).is_integer():
        return str(int(label))
    return str(label).strip()


def number_groups(table: pd.DataFrame, mapping: ColumnMapping) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the combinations of person, activity and trial in label order.

    Returns:
        `(n,)` number of each row's combination, -1 without person or activity; and one row a combination
        with `subject`, `activity` and `trial` as text.
    """
    columns = {"subject": mapping.subject, "activity": mapping.activity, "trial": mapping.trial}
    frame = pd.DataFrame({key: label_codes(table, column)[0] for key, column in columns.items()})
    labels = {key: label_codes(table, column)[1] for key, column in columns.items()}
    group = np.full(len(table), -1)
    named = ((frame["subject"] >= 0) & (frame["activity"] >= 0)).to_numpy()
    keys = frame[named]
    group[named] = keys.groupby(list(columns), sort=True).ngroup()
    combinations = keys.drop_duplicates().sort_values(list(columns))
    texts = {key: [labels[key][code] if code >= 0 else "" for code in combinations[key]] for key in columns}
    return group, pd.DataFrame(texts)


def with_series_names(groups: pd.DataFrame) -> pd.DataFrame:
    """Add a column `series`: person, activity, trial and, where there are several, a number.

    Args:
        groups: One row a series with `subject`, `activity` and `trial`.
    """
    has_trial = (groups["trial"] != "").any()
    parts = ["subject", "activity", "trial"] if has_trial else ["subject", "activity"]
    names = groups[parts].replace("", "-").agg("/".join, axis=1)
    number = names.groupby(names).cumcount() + 1
    several = names.map(names.value_counts()) > 1
    names = names.where(~several, names + "/" + number.astype(str))
    clashes = names.duplicated()
    return groups.assign(series=names.where(~clashes, names + " #" + (clashes.cumsum() + 1).astype(str)))


def people_attributes(table: pd.DataFrame, mapping: ColumnMapping) -> pd.DataFrame:
    """Collect columns that describe people (age, gender, ...) and are the same in all of a person's rows."""
    used = {mapping.subject, mapping.activity, mapping.trial, mapping.time, *mapping.channels}
    columns = [c for c in table.columns if c not in used and is_attribute(c)]
    codes, labels = label_codes(table, mapping.subject)
    by_person = table[columns][codes >= 0].groupby(codes[codes >= 0])
    constant = [c for c in columns if (by_person[c].nunique() <= 1).all()]
    first = by_person[constant].first() if constant else pd.DataFrame(index=np.unique(codes[codes >= 0]))
    return first.set_axis(pd.Index([labels[code] for code in first.index], name="subject"))
