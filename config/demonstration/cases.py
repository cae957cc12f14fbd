"""What the patients of the demonstration are ill with: a dozen and a half pictures, each with what belongs to it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A reason for a stay. `medicines`: name, dose, route, hours between. `results`: name, value, unit, flag.

    `fever` and `breath` say how much a worsening shows in temperature and breathing (0 to 1).
    """

    reason: str
    kinds: tuple[str, ...]
    events: str
    assessment: str
    plan: str
    medicines: tuple[tuple[str, str, str, int], ...]
    results: tuple[tuple[str, str, str, str], ...]
    pending: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    if_then: tuple[str, str] = ("NEWS2 rises by 2 or more", "call the medical registrar and repeat in 15 minutes")
    fever: float = 0.3
    breath: float = 0.5
    is_hypercapnic: bool = False


def _drug(name: str, dose: str, route: str, every: int) -> tuple[str, str, str, int]:
    return name, dose, route, every


PARACETAMOL = _drug("Paracetamol", "1 g", "oral", 6)
ENOXAPARIN = _drug("Enoxaparin", "40 mg", "subcutaneous", 24)

CASES = (
    Case(
        "Pneumonia with sepsis",
        ("emergency", "medical", "intensive"),
        "Three days of cough and fever, found drowsy at home this morning.",
        "Right lower lobe pneumonia, responding to fluids, still on oxygen.",
        "Antibiotics for five days, wean oxygen, repeat lactate in four hours.",
        (_drug("Meropenem", "1 g", "IV", 8), PARACETAMOL, ENOXAPARIN),
        (("Lactate", "2.4", "mmol/L", "high"), ("C-reactive protein", "212", "mg/L", "high")),
        ("Blood cultures", "Legionella antigen"),
        ("Chest X-ray",),
        ("systolic falls below 95 after fluids", "call the outreach team, second line, think of vasopressors"),
        fever=1.0,
        breath=1.0,
    ),
    Case(
        "COPD exacerbation",
        ("emergency", "medical"),
        "Two days more breathless, green sputum, no relief from inhalers.",
        "Type 2 respiratory failure, saturation target 88 to 92 % prescribed.",
        "Nebulisers every four hours, prednisolone, blood gas at six hours.",
        (_drug("Salbutamol", "2.5 mg", "nebulised", 4), _drug("Prednisolone", "30 mg", "oral", 24)),
        (("pH (arterial)", "7.33", "", "low"), ("pCO2 (arterial)", "7.6", "kPa", "high")),
        ("Sputum culture",),
        if_then=("drowsy or pH below 7.30", "call for non-invasive ventilation, keep saturation at 88 to 92 %"),
        breath=1.0,
        is_hypercapnic=True,
    ),
    Case(
        "Acute heart failure",
        ("emergency", "medical", "cardiac"),
        "Woke breathless at night, legs swollen for two weeks.",
        "Fluid overload, ejection fraction 30 %, passing urine well.",
        "Negative balance of 1.5 litres a day, daily weight, potassium twice a day.",
        (_drug("Furosemide", "80 mg", "IV", 12), _drug("Ramipril", "2.5 mg", "oral", 24)),
        (("NT-proBNP", "6,840", "ng/L", "high"), ("Potassium", "3.4", "mmol/L", "low")),
        ("Echocardiogram report",),
        ("ECG",),
        ("urine below 100 mL in two hours", "bladder scan, then call the cardiology registrar"),
        breath=0.9,
    ),
    Case(
        "NSTEMI",
        ("emergency", "cardiac"),
        "Chest pain at rest for forty minutes, eased by nitrate.",
        "Troponin rising, pain free since noon, ST depression resolved.",
        "Angiogram tomorrow morning, nil by mouth from midnight.",
        (_drug("Aspirin", "75 mg", "oral", 24), _drug("Ticagrelor", "90 mg", "oral", 12)),
        (("Troponin T", "412", "ng/L", "critical"), ("Haemoglobin", "128", "g/L", "")),
        ("Second troponin",),
        ("ECG",),
        ("chest pain comes back", "ECG at once, nitrate, call cardiology on 4401"),
    ),
    Case(
        "Fast atrial fibrillation",
        ("emergency", "medical", "cardiac"),
        "Palpitations since yesterday, found at 150 per minute by the ambulance.",
        "Rate controlled below 110, blood pressure steady.",
        "Continue bisoprolol, anticoagulation started, echo as an outpatient.",
        (_drug("Bisoprolol", "2.5 mg", "oral", 24), _drug("Apixaban", "5 mg", "oral", 12)),
        (("Magnesium", "0.68", "mmol/L", "low"), ("TSH", "1.9", "mU/L", "")),
    ),
    Case(
        "Ischaemic stroke, left middle cerebral artery",
        ("emergency", "stroke"),
        "Sudden right weakness and loss of words, last seen well at seven.",
        "Thrombolysed, weakness improving, swallow not safe yet.",
        "Neurological observations hourly, swallow test by the therapist, CT at 24 hours.",
        (_drug("Atorvastatin", "80 mg", "nasogastric", 24),),
        (("Glucose", "9.1", "mmol/L", "high"), ("INR", "1.0", "", "")),
        ("CT head at 24 hours",),
        ("CT head", "Thrombolysis"),
        ("new headache, vomiting or drop in consciousness", "stop, CT at once, call the stroke consultant"),
    ),
    Case(
        "Upper gastrointestinal bleed",
        ("emergency", "medical", "intensive"),
        "Two black stools and faint, takes ibuprofen for his knee.",
        "Haemoglobin fell by 30, two units given, no bleeding since.",
        "Endoscopy on the next list, nil by mouth, haemoglobin every six hours.",
        (_drug("Pantoprazole", "40 mg", "IV", 12),),
        (("Haemoglobin", "81", "g/L", "critical"), ("Urea", "14.2", "mmol/L", "high")),
        ("Cross-match, two further units",),
        ("Transfusion of two units",),
        ("fresh blood or systolic below 100", "major haemorrhage call, 2222"),
    ),
    Case(
        "Diabetic ketoacidosis",
        ("emergency", "medical", "intensive"),
        "Vomiting for a day, stopped insulin because of no food.",
        "Ketones falling, pH 7.28, potassium being replaced.",
        "Fixed-rate insulin until ketones are below 0.6, hourly glucose and ketones.",
        (_drug("Insulin, fixed rate", "0.1 unit/kg/h", "IV", 1), _drug("Insulin glargine", "24 units", "sc", 24)),
        (("Ketones", "2.8", "mmol/L", "high"), ("Potassium", "3.9", "mmol/L", "")),
        ("Venous gas at two hours",),
        if_then=("potassium below 3.5", "stop insulin, call the registrar, cardiac monitor"),
    ),
    Case(
        "Fractured neck of femur, left",
        ("emergency", "surgical", "older"),
        "Fell in the kitchen, could not stand, no loss of consciousness.",
        "Hemiarthroplasty done, pain controlled, delirium settling.",
        "Stand with physiotherapy today, remove catheter, bone protection.",
        (PARACETAMOL, _drug("Oxycodone", "2.5 mg", "oral", 6), ENOXAPARIN),
        (("Haemoglobin", "98", "g/L", "low"), ("Creatinine", "104", "umol/L", "")),
        procedures=("Hemiarthroplasty, left hip",),
        if_then=("newly confused or agitated", "look for pain, retention and infection before any sedative"),
    ),
    Case(
        "Acute appendicitis",
        ("emergency", "surgical"),
        "Pain moved from the navel to the right side overnight.",
        "Laparoscopic appendicectomy done, perforated, drain in place.",
        "Antibiotics IV for three days, drain out when below 30 mL.",
        (_drug("Co-amoxiclav", "1.2 g", "IV", 8), PARACETAMOL),
        (("White cells", "17.2", "10^9/L", "high"), ("C-reactive protein", "164", "mg/L", "high")),
        ("Peritoneal fluid culture",),
        ("Laparoscopic appendicectomy",),
        fever=0.8,
    ),
    Case(
        "Small bowel obstruction",
        ("emergency", "surgical", "intensive"),
        "Two days of vomiting and no stool, scars of an old operation.",
        "Decompressed by tube, abdomen softer, lactate normal.",
        "Drip and suck, CT read by the surgeons tonight, strict fluid balance.",
        (_drug("Hartmann's solution", "125 mL/h", "IV", 8), _drug("Ondansetron", "4 mg", "IV", 8)),
        (("Lactate", "1.4", "mmol/L", ""), ("Sodium", "131", "mmol/L", "low")),
        ("CT abdomen report",),
        if_then=("pain becomes constant or lactate above 2", "call the surgical registrar for theatre"),
    ),
    Case(
        "Urosepsis",
        ("emergency", "medical", "older"),
        "Shaking at the care home, catheter blocked since yesterday.",
        "Catheter changed, fever coming down, kidney function improving.",
        "Gentamicin level before the second dose, fluids, review the need for the catheter.",
        (_drug("Gentamicin", "320 mg", "IV", 24), PARACETAMOL),
        (("Creatinine", "168", "umol/L", "high"), ("Lactate", "1.9", "mmol/L", "")),
        ("Urine culture", "Gentamicin level"),
        fever=1.0,
    ),
    Case(
        "Fall with long lie",
        ("emergency", "older", "medical"),
        "On the floor for nine hours, found by a neighbour.",
        "Rhabdomyolysis improving, no fracture, lives alone.",
        "Fluids until CK is below 1,000, therapy assessment, package of care.",
        (PARACETAMOL, ENOXAPARIN),
        (("Creatine kinase", "5,210", "U/L", "high"), ("Creatinine", "139", "umol/L", "high")),
    ),
    Case(
        "Pulmonary embolism",
        ("emergency", "medical", "intensive"),
        "Short of breath after a long flight, calf swollen.",
        "Bilateral emboli, right heart not strained, on oxygen.",
        "Anticoagulation, echo tomorrow, look for a cause.",
        (_drug("Apixaban", "10 mg", "oral", 12),),
        (("D-dimer", "4,200", "ug/L", "high"), ("Troponin T", "22", "ng/L", "high")),
        ("Echocardiogram report",),
        ("CT pulmonary angiogram",),
        ("systolic below 90 or collapse", "2222, think of thrombolysis"),
        breath=1.0,
    ),
    Case(
        "Delirium, cause under investigation",
        ("older", "medical", "emergency"),
        "More confused for a week, sleeping by day and walking at night.",
        "Constipation treated, no infection found, clearer in the mornings.",
        "Sleep routine, glasses and hearing aids on, family to sit in the evening.",
        (_drug("Macrogol", "1 sachet", "oral", 12),),
        (("Calcium", "2.41", "mmol/L", ""), ("B12", "212", "ng/L", "low")),
        ("Thyroid function",),
    ),
    Case(
        "Rehabilitation after stroke",
        ("older", "stroke"),
        "Stroke five weeks ago, left side weak.",
        "Walks ten metres with one person, speech clear, mood low.",
        "Therapy twice a day, home visit on Thursday.",
        (_drug("Clopidogrel", "75 mg", "oral", 24), _drug("Sertraline", "50 mg", "oral", 24)),
        (("Haemoglobin", "131", "g/L", ""),),
    ),
)
