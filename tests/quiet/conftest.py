"""What the tests of messages and pages have: Amara and Tove of the emergency department, Noor who is not."""

from tests.messaging.conftest import answer as answer
from tests.messaging.conftest import between_two as between_two
from tests.messaging.conftest import group as group
from tests.messaging.conftest import of_patient as of_patient
from tests.messaging.conftest import open_thread as open_thread
from tests.messaging.conftest import say as say
from tests.messaging.conftest import tove as tove
from tests.paging.conftest import lead as lead
from tests.paging.conftest import make_role as make_role
from tests.paging.conftest import on_call as on_call
from tests.paging.conftest import page_out as page_out
from tests.paging.conftest import signed_in as signed_in
