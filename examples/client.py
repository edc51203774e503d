"""A client of a Holdfast server, with nothing but Python's standard library (3.9 or newer). `npm start` prints a token; then

    HOLDFAST_TOKEN=hf_... python3 examples/client.py
"""

from __future__ import annotations

import http.client
import json
import os
import random
import time
import uuid
from typing import Any, Iterator, Mapping, Sequence
from urllib.parse import urlencode, urlsplit

Json = Mapping[str, Any]


class HoldfastError(Exception):
    """An error that a server answered with. `code` says which kind it is: NOT_FOUND, CONFLICT, ..."""

    def __init__(self, error: Json) -> None:
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.code: str = error.get("code", "INTERNAL")
        self.details: Json = error.get("details") or {}
        self.request_id: str | None = error.get("requestId")
        self.retryable: bool = error.get("retryable", False)


class Holdfast:
    """One tenant of a server: that of the token, or the one that an operator names with `tenant_id`."""

    def __init__(self, url: str, token: str, tenant_id: str | None = None, retry_for: float = 30.0) -> None:
        self._url = urlsplit(url.rstrip("/"))
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._tenant = {} if tenant_id is None else {"tenantId": tenant_id}
        self._retry_for = retry_for

    def call(self, method: str, **fields: Any) -> Any:
        """Calls a method of the contract that only reads, such as "messages.getThread", by the names of its parameters."""
        return self._request(method, fields)

    def do(self, method: str, operation_id: str | None = None, **fields: Any) -> Any:
        """Calls a method that writes. It happens once, however often it is sent, also by another call with its operation_id."""
        options = {**fields.pop("options", {}), "operationId": operation_id or str(uuid.uuid4())}
        return self._request(method, {**fields, "options": options})

    def write(self, operations: Sequence[Json], operation_id: str | None = None) -> list[Any]:
        """Does all of the operations, or none. Each is its fields with "method"; the results are in their order."""
        return self.do("write", operation_id, operations=operations)

    def read(self, queries: Sequence[Json]) -> list[Any]:
        """Answers all of the queries from one snapshot."""
        return self.call("read", queries=queries)

    def tail(self, thread_id: str, after: int = 0) -> Iterator[Json]:
        """Follows a thread's log from behind an ordinal, for ever: each entry once and in order, also where connections break."""
        failing = _Backoff(self._retry_for)
        while True:
            try:
                for name, data in self._events(thread_id, after):
                    if name == "error":
                        raise HoldfastError(data["error"])
                    failing = _Backoff(self._retry_for)
                    after = data["ordinal"]
                    yield data
                raise ConnectionError("the server has ended the stream")
            except (OSError, http.client.HTTPException, HoldfastError) as error:
                if not _is_worth_another(error) or not failing.wait():
                    raise

    def _request(self, method: str, fields: Json) -> Any:
        path = f"{self._url.path}/v1/{method.replace('.', '/')}"
        body = json.dumps({**self._tenant, **fields}).encode()
        failing = _Backoff(self._retry_for)
        while True:
            connection = self._connect(timeout=30)
            try:
                connection.request("POST", path, body, self._headers)
                response = connection.getresponse()
                return _parsed(response.status, response.read()).get("result")
            except (OSError, http.client.HTTPException, HoldfastError) as error:
                if not _is_worth_another(error) or not failing.wait(_retry_after(error)):
                    raise
            finally:
                connection.close()

    def _events(self, thread_id: str, after: int) -> Iterator[tuple[str, Any]]:
        """The Server-Sent Events of one connection: the name and the data of each."""
        query = urlencode({**self._tenant, "threadId": thread_id})
        # The server sends a comment every 15 seconds: a minute without any means that nobody is there.
        connection = self._connect(timeout=60)
        try:
            headers = {**self._headers, "Last-Event-ID": str(after)}
            connection.request("GET", f"{self._url.path}/v1/log/tail?{query}", headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                _parsed(response.status, response.read())
            name = "message"
            for line in response:
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, json.loads(value)
                elif field == "":
                    name = "message"
        finally:
            connection.close()

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        is_secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
        return kind(self._url.netloc, timeout=timeout)


class _Backoff:
    """Waits between attempts, longer each time, until all of it has taken too long."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._next = 0.05

    def wait(self, at_least: float = 0.0) -> bool:
        pause = max(at_least, self._next * random.uniform(0.5, 1))
        if time.monotonic() + pause >= self._until:
            return False
        self._next = min(self._next * 2, 2.0)
        time.sleep(pause)
        return True


def _parsed(status: int, body: bytes) -> Json:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if status == 200 and isinstance(answer, dict):
        return answer
    if isinstance(answer, dict) and "error" in answer:
        raise HoldfastError(answer["error"])
    # A proxy has answered. What is 5xx there passes.
    retryable = status >= 500
    raise HoldfastError({"code": "UNAVAILABLE", "message": f"status {status} without a word", "retryable": retryable})


def _is_worth_another(error: Exception) -> bool:
    if not isinstance(error, HoldfastError):
        return True
    return error.code in ("UNAVAILABLE", "CLOSED") or (error.retryable and error.code == "RESOURCE_EXHAUSTED")


def _retry_after(error: Exception) -> float:
    return error.details.get("retryAfterMs", 0) / 1000 if isinstance(error, HoldfastError) else 0.0


def main() -> None:
    db = Holdfast(os.environ.get("HOLDFAST_URL", "http://localhost:4040"), os.environ["HOLDFAST_TOKEN"])
    thread = db.do("messages.createThread", thread={"userId": "u1", "title": {"json": "Refund"}})
    thread_id = thread["id"]
    question = {"threadId": thread_id, "role": "user", "content": {"json": "Where is my refund?"}}
    db.do("messages.createMessage", message=question)

    # One turn, one commit: all of it is stored, or none; sent twice, it is stored once.
    answer = {"threadId": thread_id, "role": "assistant", "content": {"json": "It was sent on Monday."}}
    turn = [
        {"method": "log.append", "threadId": thread_id, "events": [{"kind": "tool_call", "id": "c1", "name": "lookup"}]},
        {"method": "kv.put", "namespace": ["orders", "u1"], "key": "7", "value": {"json": "refunded"}},
        {"method": "messages.createMessage", "message": answer},
    ]
    first = db.write(turn, operation_id=f"{thread_id}/turn-1")
    again = db.write(turn, operation_id=f"{thread_id}/turn-1")
    print("once:", first[2]["id"] == again[2]["id"])

    messages, order = db.read(
        [
            {"method": "messages.listMessages", "threadId": thread_id, "options": {"order": "desc", "limit": 20}},
            {"method": "kv.get", "namespace": ["orders", "u1"], "key": "7"},
        ]
    )
    print("messages:", len(messages["items"]), "order:", order["json"])

    for entry in db.tail(thread_id):
        print("event:", entry["ordinal"], entry["event"]["kind"])
        break

    try:
        db.do("messages.createThread", thread={"id": thread_id, "userId": "u1"})
    except HoldfastError as error:
        print("refused:", error.code)


if __name__ == "__main__":
    main()
