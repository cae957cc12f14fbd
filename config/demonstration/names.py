"""Names that nobody bears, for people and patients, and the units they are found in."""

from dataclasses import dataclass

FAMILIES = (
    "Fenwickle", "Thistledown", "Marchbank", "Quillfeather", "Larkspurrow", "Brambleworth", "Wintergreene",
    "Osterhazel", "Pemberlock", "Dunnimore", "Hollowbrook", "Sparrowhythe", "Tanglewood-Reyes", "Mossgrave",
    "Ivarsdale", "Copperthwick", "Nightingale-Oduya", "Fairweatherby", "Stonecroppe", "Yarrowdale", "Penhallowick",
    "Grimsditch", "Amberleigh-Khan", "Bellwether", "Cinderford", "Drakemoor", "Elderquist", "Foxgloven",
    "Gossamer-Ito", "Hartsmere", "Inkersole", "Juniperly", "Kestrelwick", "Lanternby", "Meadowcrofte", "Nettlebeam",
    "Oakenshaw-Diallo", "Plumtreeve", "Quincewell", "Rookwhistle", "Saltmarshe", "Teaselthorpe", "Umberfield",
    "Velvetine", "Willowquay", "Yewbarrow", "Zephyrine-Lund", "Applegarthe", "Birdwhistle", "Cloudesley-Wu",
    "Daffodale", "Emberlyn", "Featherstitch", "Goosander", "Honeychurchill", "Icelander-Moss", "Jackdawson",
    "Kingcuppe", "Lavenderby", "Mistlethrush", "Novembrine", "Orchardson-Bala", "Puddifoote", "Rushlighter",
    "Silverbirche", "Tumbleweede", "Underhillock", "Vinterberg-Osei", "Whortleberry", "Yellowhammer",
)  # fmt: skip
GIVEN_FEMALE = (
    "Odalys", "Ottoline", "Perpetua", "Ximena", "Sunniva", "Thandiwe", "Marigold", "Eluned", "Zofia", "Ayomide",
    "Bronagh", "Clementia", "Dagny", "Esmeralda", "Fumiko", "Ghislaine", "Henrietta", "Ilaria", "Jolanta",
    "Kerenza", "Leocadia", "Mehwish", "Nokuthula", "Oona", "Petronella", "Roswitha", "Saoirse", "Tamsin",
    "Ursulina", "Wilhelmina",
)  # fmt: skip
GIVEN_MALE = (
    "Berengar", "Caspian", "Dashiell", "Evander", "Florizel", "Gideon", "Horatio", "Ignatius", "Jericho",
    "Kazimierz", "Leopold", "Mordecai", "Nathaniel", "Osgood", "Peregrine", "Quentin", "Rafferty", "Septimus",
    "Thaddeus", "Ulysses", "Valentin", "Winslow", "Xavier", "Yusufali", "Zebedee", "Aurelio", "Bartholomew",
    "Chukwuemeka", "Dimitar", "Emrys",
)  # fmt: skip


@dataclass(frozen=True)
class UnitPlan:
    """A unit of the demonstration. `beds` is how many patients it has at full scale, `prefix` how a bed is called."""

    facility: str
    name: str
    short_name: str
    prefix: str
    beds: int
    kind: str  # which cases come here: "emergency", "medical", "surgical", "cardiac", "stroke", "intensive", "older"


MAIN, LARKMOOR, BRACKENFELL = "Saint Wilgefortis Hospital", "Larkmoor Community Hospital", "Brackenfell General"
EMERGENCY, SEVEN_EAST, ACUTE = "Emergency Department", "Ward 7 East", "Acute Medical Unit"

UNITS = (
    UnitPlan(MAIN, EMERGENCY, "ED", "ED", 46, "emergency"),
    UnitPlan(MAIN, ACUTE, "AMU", "AMU", 40, "medical"),
    UnitPlan(MAIN, SEVEN_EAST, "7E", "7E", 28, "medical"),
    UnitPlan(MAIN, "Ward 5 West", "5W", "5W", 34, "medical"),
    UnitPlan(MAIN, "Ward 3 North", "3N", "3N", 34, "surgical"),
    UnitPlan(MAIN, "Cardiology 4 South", "4S", "4S", 34, "cardiac"),
    UnitPlan(MAIN, "Stroke Unit", "SU", "SU", 32, "stroke"),
    UnitPlan(MAIN, "Intensive Care", "ICU", "ICU", 18, "intensive"),
    UnitPlan(LARKMOOR, "Larkmoor Rehabilitation", "LR", "LR", 34, "older"),
    UnitPlan(LARKMOOR, "Larkmoor Elm Ward", "LE", "Elm", 36, "older"),
    UnitPlan(BRACKENFELL, "Brackenfell Emergency", "BE", "BE", 30, "emergency"),
    UnitPlan(BRACKENFELL, "Brackenfell Medical", "BM", "BM", 34, "medical"),
)
