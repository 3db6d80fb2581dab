"""The words of dates in English, German, French, Italian, Spanish, Dutch and Latin.

Case does not matter. Accents may be missing, and in a phrase dots, hyphens and spaces.
"""

from __future__ import annotations

from typing import Literal

from coinstore.records.values.centuries import EARLY, LATE, MIDDLE, Part

Kind = Literal[
    "bc",
    "ad",  # an era
    "number",
    "decade",
    "ordinal",
    "last",  # 64; 3rd, 3., III; the last
    "century",
    "share",
    "part",  # century; half, third, quarter (needs an ordinal); early
    "c",  # circa or century; the position decides
    "minus",
    "plus",
    "dash",
    "to",
    "slash",
    "begin",
    "and",  # connects two ends
    "open",  # before, after
    "doubt",
    "filler",  # says nothing about the years
    "year",  # "year 5" may be of a reign
    "van",
    "en",  # words with two meanings; the position decides
]

PHRASES: dict[Kind, str] = {
    "bc": """b. c.|b. c. e.|before christ|before the common era|before common era
        |v. chr.|v. christus|v. christi geburt|vor chr.|vor christus|vor christi geburt
        |vor unserer zeitrechnung
        |v. u. z.|v. d. z.
        |av. j.-c.|av. j.-chr.|avant j.-c.|av. jésus-christ|avant jésus-christ|av. n. è.|avant n. è.
        |av. notre ère|avant notre ère
        |a. cr.|av. cr.|avanti cristo|prima di cristo|a. e. v.|antes de cristo|a. de c.|a. de cristo|a. n. e.
        |a. e. c.|antes de nuestra era|v. c.|vóór chr.|vóór christus|voor chr.|voor christus
        |voor onze jaartelling|v. o. j.
        |a. chr.|a. chr. n.|ante chr.|ante chr. n.|ante chr. nat.|ante christum|ante christum natum""",
    "ad": """a. d.|anno domini|c. e.|after christ|common era
        |n. chr.|n. christus|n. christi geburt|nach chr.|nach christus|nach christi geburt
        |nach unserer zeitrechnung|n. u. z.|u. z.|n. d. z.
        |ap. j.-c.|ap. j.-chr.|apr. j.-c.|après j.-c.|ap. jésus-christ|apr. jésus-christ|après jésus-christ
        |n. è.|de n. è.|notre ère|de notre ère
        |d. cr.|dopo cristo|e. v.|después de cristo|d. de c.|d. de cristo|d. n. e.|n. e.|e. c.
        |nuestra era|de nuestra era|n. c.|na chr.|na christus|n. o. j.
        |p. chr.|p. chr. n.|post chr.|post chr. n.|post chr. nat.|post christum|post christum natum""",
    "century": """century|centuries|cent.|jh.|jhs.|jhd.|jhdts.|jhdt.|jht.|jahrh.|jahrhundert|jahrhunderts
        |jahrhunderte
        |siècle|siècles|s.|ss.|sec.|secc.|secolo|secoli|siglo|siglos|eeuw|eeuwen|saec.|saeculo|saeculi""",
    "last": """last|letzte|letzter|letztes|letzten|dernier|dernière|ultimo|ultima|último|última|laatste""",
    "open": """before|after|ante|post|since|until|till|later|earlier|not before|not after|vor|nach|ab|seit
        |spätestens|frühestens|später|früher|avant|après|depuis|jusque|dopo|entro|fino a|fino al|prima del
        |prima di|a partire dal|antes de|antes del|después de|después del|a partir de|voor|vóór|na|sinds|vanaf
        |t. p. q.|t. a. q.|terminus post quem|terminus ante quem""",
    "begin": "from|between|von|vom|zwischen|entre|tra|fra|da|dal|dalla|desde|tussen",
    "to": "to|bis|bis zum|bis zur|al|alla|au|hasta|tot|tot en met|t/m",
    "and": "and|und|et|e|ed|y",
    "doubt": """ca.|c.ca|cca.|circa|about|around|approx.|approximately|prob.|probably|possibly|perhaps|maybe
        |presumably|likely|um|etwa|ungefähr|gegen|wohl|vermutlich|wahrscheinlich|möglicherweise|vielleicht
        |vers|environ|env.|probablement|peut-être|verso|verso il|intorno al|intorno a|forse|probabilmente
        |hacia|aprox.|aproximadamente|alrededor de|alrededor del|probablemente|quizás|quizá|omstreeks|rond
        |ongeveer|waarschijnlijk|mogelijk|vermoedelijk|misschien|fere|fortasse""",
    "filler": """of|the|in|des|der|dem|die|das|den|im|du|de|la|le|les|del|della|dell'|l'|nel|nella|il|lo|el
        |los|las
        |en el|het""",
    "year": "year|years|jahr|jahre|an|année|années|anno|anni|año|años|jaar",
    "van": "van|van de|van het",
    "en": "en",
    "c": "c.",
}

ORDINALS: dict[int, str] = {
    1: """first|erste|erster|erstes|ersten|premier|première|primo|prima|primer|primero|primera|eerste""",
    2: """second|zweite|zweiter|zweites|zweiten|deuxième|seconde|secondo|seconda|segundo|segunda|tweede""",
    3: """third|dritte|dritter|drittes|dritten|troisième|terzo|terza|tercer|tercero|tercera|derde""",
    4: """fourth|vierte|viertes|vierten|quatrième|quarto|quarta|cuarto|cuarta|vierde""",
    5: "fifth|fünfte|fünftes|fünften|cinquième|quinto|vijfde",
    6: "sixth|sechste|sechstes|sechsten|sixième|sesto|sexto|zesde",
    7: "seventh|siebte|siebtes|siebten|septième|settimo|séptimo|zevende",
}

SHARES: dict[int, str] = {
    2: "half|h.|hälfte|haelfte|hlft.|moitié|metà|meta'|mitad|helft",
    3: "drittel|tiers|tercio",
    4: "quarter|viertel|quart|kwart|kw.",
}

# "third quarter", "last third": after an ordinal they are a share.
ORDINAL_SHARES = {"third": 3, "terzo": 3, "derde": 3, "quarto": 4, "cuarto": 4}
# "metà del III sec.": without an ordinal it is the middle.
MIDDLE_SHARES = frozenset({"meta", "meta'", "mitad"})

PARTS: dict[Part, str] = {
    EARLY: """early|beginning|beginning of|anfang|anfangs|anf.|am anfang|beginn|zu beginn|frühe|frühes|frühen
        |früh|début|au début|inizio|inizi|all'inizio|agli inizi|principio|principios|a principios|comienzos
        |a comienzos|inicio|inicios|a inicios|begin|vroeg|vroege|ineunte""",
    MIDDLE: "mid|mid-|middle|mitte|milieu|au milieu|mediados|a mediados|midden|medio|med.",
    LATE: """late|end|ende|am ende|späte|spätes|späten|spät|fin|à la fin|fine|alla fine|tardo|tarda|fines
        |a fines
        |finales|a finales|final|eind|einde|laat|exeunte""",
}
LATIN_PARTS = frozenset({"in.", "ex.", "med", "med.", "ineunte", "exeunte", "medio"})
"""They may follow the century: "saec. III ex."."""

ROMAN = """I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI"""
"""Centuries only."""

ROMANCE = 1
"""The value of an era after which a Roman numeral is a century, also without the word: "I a.C."."""

# What dots and capitals distinguish; before the phrases. "A.C." may be before or after Christ.
EXACT: tuple[tuple[Kind, str, int | Part], ...] = (
    ("bc", r"(?-i:(?:a\.\s?C\.?\s?n|a\.\s?C|aC)\.?)(?![^\W\d_])", ROMANCE),
    ("ad", r"(?-i:(?:p\.\s?C\.?\s?n|[dp]\.\s?C|dC)\.?)(?![^\W\d_])", ROMANCE),
    ("part", r"(?-i:A\.)(?=\s?[0-9]{1,2}\.\s?J)", EARLY),  # "A. 3. Jh."
    ("part", r"(?-i:M\.)(?=\s?[0-9]{1,2}\.\s?J)", MIDDLE),
    ("part", r"(?-i:E\.)(?=\s?[0-9]{1,2}\.\s?J)", LATE),
    ("share", r"(?-i:V\.)(?=\s?[0-9]{1,2}\.\s?J)", 4),
    ("part", r"in\.(?=[\s/–-]|$)", EARLY),
    ("part", r"ex\.(?=[\s/–-]|$)", LATE),
    ("decade", r"[0-9]{2,4}er\s?Jahren?\b", 0),
    ("to", r"(?-i:[aà])(?=\s(?:ca?\.|circa|[0-9IVX]))", 0),  # French, Italian, Spanish
)

PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("bc", r"(?-i:v\.?)(?=[\W\d].{0,60}?\bn\.?\s?c(?:hr)?\b)"),  # "27 v. - 14 n. Chr."
    ("bc", r"av\.?(?=[\W\d].{0,60}?\bapr?\.?\s?j)"),
    ("bc", r"(?-i:a\.)(?=[\W\d].{0,60}?\bd\.\s?C\b)"),
    ("doubt", r"\(\?\)|\[\?\]|[?~≈]"),
    ("ordinal", r"[0-9]{1,2}(?:st|nd|rd|th|[eè]re|[eè]me|er|re|nde|e|ro|ra|do|da|to|ta|de|ste)\b"),
    ("ordinal", r"[0-9]{1,2}[ao](?![\w.])"),
    ("ordinal", r"[0-9]{1,2}\.?(?:[ºª°]|er\b)"),
    ("ordinal", r"[0-9]{1,2}\."),
    ("number", r"[0-9]+"),
    ("minus", r"-"),  # also between two ends; the position decides
    ("plus", r"\+"),
    ("dash", r"–"),
    ("slash", r"/"),
    ("open", r"[<>≤≥]"),
)
ROMAN_ENDING = r"(?:er|[eè]re|re|[eè]me|nde|nd|de|ste|e|d|[ao](?!\.)|[ºª°.])?"
