"""The numbers of the rules, in one place. Source: PROTECTION.md 3.7 where it names one; the others are chosen here.

They were chosen on the invented months of the seeds 1 to 5 and are reported on 6 to 10 (bench/review_month.py). A
hospital changes them here, and looks at its own figures first.
"""

from datetime import timedelta

# R6: more different patients in a day than this, and than the role's median with six times its median deviation.
MANY_PATIENTS = 40
DEVIATIONS = 6
# R7: so many searches within an hour, of which one led to a patient, or fewer than one in six.
MANY_SEARCHES = 10
SEARCHES_WITHIN = timedelta(hours=1)
SEARCHES_PER_OPENING = 6
# R8: after the patient has left, and after the person's own shift.
AFTER_LEAVING = timedelta(hours=72)
AFTER_SHIFT = timedelta(hours=1)
BEFORE_SHIFT = timedelta(hours=1)
# R9: of fewer sign-ins than this nobody has habits; from house to house nobody is faster than this.
FEWEST_SIGN_INS = 3
TRAVEL = timedelta(minutes=20)
# R10: so many are bulk, where one's own ward has not more.
BULK_PATIENTS = 40
