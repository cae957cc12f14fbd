"""HTTP of the provider: it calls, nobody is signed in, and its signature is all that counts."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from handover.reach import answers
from handover.reach.channels.signing import is_signed
from live.refusals import Denied

LONGEST_BODY = 4096
PURPOSE = "answer"


@csrf_exempt  # The provider calls, not a browser: no cookie counts here, the signature does.
@sensitive_variables()
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """A key or a text message that acknowledges. Gives the words to speak or send back: {"say": "..."}."""
    body = request.body
    if len(body) > LONGEST_BODY or not is_signed(body, request.headers, purpose=PURPOSE):
        raise Denied(act=answers.REFUSED, code="not_signed")
    return JsonResponse({"say": answers.take(answers.read(body))})
