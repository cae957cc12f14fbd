"""The demonstration hospital: invented people, patients and handovers, made by the product's own code.

It is the same each time: seeds.py says how. hospital.py makes units and staff, cases.py, course.py and pictures.py a
patient's summary, patients.py seals and saves them, and stories.py plays handovers through the acts of the product.
"""
