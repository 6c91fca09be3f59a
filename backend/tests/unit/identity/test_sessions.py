from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from agent_backend.context import Account, EndedSession, Kind, Permission, Principal, Role, Session, UnifiedIDManager
from agent_backend.identity import Lifetimes, Sessions, SessionWatches, SignedTokens, SigningKeys, TokenRefused


class Rows:
    """Sessions in a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Session] = {}
        self.reasons: list[str] = []
        self.looks = 0

    async def open(self, session: Session) -> None:
        self.rows[session.tenant_id, session.session_id] = session

    async def find(self, tenant_id: str, session_id: str) -> Session | None:
        return self.rows.get((tenant_id, session_id))

    async def find_all(self, sessions: Collection[tuple[str, str]]) -> list[Session]:
        self.looks += 1
        return [self.rows[key] for key in sessions if key in self.rows]

    async def rotate(self, session: Session, refresh_token_id: str, at: datetime) -> bool:
        key = session.tenant_id, session.session_id
        if self.rows[key].refresh_token_id != session.refresh_token_id or self.rows[key].ended_at:
            return False
        before = session.refresh_token_id
        self.rows[key] = replace(
            session, refresh_token_id=refresh_token_id, replaced_refresh_token_id=before, refreshed_at=at
        )
        return True

    async def end(self, session: Session, reason: str) -> bool:
        key = session.tenant_id, session.session_id
        if self.rows[key].ended_at:
            return False
        self.rows[key] = session
        self.reasons.append(reason)
        return True

    async def of_user(self, tenant_id: str, user_id: str) -> list[Session]:
        owner = tenant_id, user_id
        return [row for row in self.rows.values() if (row.tenant_id, row.user_id) == owner and not row.ended_at]


class Heard:
    """What a watch was told."""

    def __init__(self) -> None:
        self.ended: list[EndedSession] = []

    async def session_ended(self, ended: EndedSession) -> None:
        self.ended.append(ended)


class Deaf:
    async def session_ended(self, ended: EndedSession) -> None:
        raise OSError("deaf")


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def sessions(rows: Rows, heard: Heard, clock: Any, ids: UnifiedIDManager) -> Sessions:
    watches = SessionWatches()
    for watch in (Deaf(), heard):
        watches.join(watch)
    tokens = SignedTokens(lambda: SigningKeys("the secret of these tests, which is long enough"), clock, ids)
    return Sessions(rows, tokens, watches, clock, ids, lambda: Lifetimes(timedelta(minutes=15), timedelta(hours=1)))


@pytest.fixture
def ada(ids: UnifiedIDManager) -> Account:
    return Account(ids.new(Kind.TENANT), ids.new(Kind.USER), "ada@example.test", "", Role.ADMIN)


@pytest.mark.asyncio
async def test_an_access_token_speaks_for_its_session_with_the_permissions_of_the_role(
    sessions: Sessions, ada: Account, rows: Rows
) -> None:
    pair = await sessions.open(ada)
    principal = await sessions.authenticate(pair.access.text)
    assert principal == Principal(ada.tenant_id, ada.user_id)
    assert principal.may(Permission.MANAGE_USERS)
    assert await sessions.over([principal]) == []
    ((key, row),) = rows.rows.items()
    assert principal.session_id == row.session_id
    rows.rows[key] = replace(row, role=Role.MEMBER)
    assert not (await sessions.authenticate(pair.access.text)).may(Permission.MANAGE_USERS)


@pytest.mark.asyncio
async def test_a_session_is_continued_by_refresh_tokens_that_work_once(sessions: Sessions, ada: Account) -> None:
    first = await sessions.open(ada)
    second = await sessions.refresh(first.refresh.text)
    third = await sessions.refresh(second.refresh.text)
    assert len({pair.refresh.text for pair in (first, second, third)}) == 3
    assert await sessions.authenticate(third.access.text) == await sessions.authenticate(first.access.text)


@pytest.mark.asyncio
async def test_two_tabs_that_refresh_at_once_get_the_same_refresh_token_and_the_session_goes_on(
    sessions: Sessions, ada: Account, rows: Rows, clock: Any
) -> None:
    first = await sessions.open(ada)
    here = await sessions.refresh(first.refresh.text)
    clock.move(seconds=9)
    there = await sessions.refresh(first.refresh.text)
    assert await sessions.authenticate(there.access.text) == await sessions.authenticate(here.access.text)
    after = await sessions.refresh(there.refresh.text)
    assert await sessions.authenticate((await sessions.refresh(here.refresh.text)).access.text)
    with pytest.raises(TokenRefused):
        await sessions.refresh(first.refresh.text)
    with pytest.raises(TokenRefused):
        await sessions.refresh(after.refresh.text)
    assert rows.reasons == ["refresh_reused"]


@pytest.mark.asyncio
async def test_a_refresh_token_that_turns_up_again_later_ends_the_session_for_both_hands(
    sessions: Sessions, ada: Account, rows: Rows, heard: Heard, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first = await sessions.open(ada)
    second = await sessions.refresh(first.refresh.text)
    clock.move(seconds=10)
    with pytest.raises(TokenRefused):
        await sessions.refresh(first.refresh.text)
    for use in (sessions.refresh(second.refresh.text), sessions.authenticate(second.access.text)):
        with pytest.raises(TokenRefused):
            await use
    assert rows.reasons == ["refresh_reused"]
    assert [ended.user_id for ended in heard.ended] == [ada.user_id]
    assert "used twice" in caplog.text
    assert first.refresh.text not in caplog.text


@pytest.mark.asyncio
async def test_a_session_is_over_with_its_time_however_often_it_was_continued(
    sessions: Sessions, ada: Account, clock: Any
) -> None:
    pair = await sessions.open(ada)
    clock.move(minutes=50)
    pair = await sessions.refresh(pair.refresh.text)
    assert (pair.access.expires_in, pair.refresh.expires_in) == (600, 600)
    principal = await sessions.authenticate(pair.access.text)
    clock.move(minutes=10)
    assert await sessions.over([principal]) == [principal]
    for use in (sessions.refresh(pair.refresh.text), sessions.authenticate(pair.access.text)):
        with pytest.raises(TokenRefused):
            await use


@pytest.mark.asyncio
async def test_a_logout_ends_one_session_and_tells_the_watches_even_past_one_that_fails(
    sessions: Sessions, ada: Account, heard: Heard
) -> None:
    here, there = await sessions.open(ada), await sessions.open(ada)
    principal = await sessions.authenticate(here.access.text)
    await sessions.end(principal)
    assert [ended.session_id for ended in heard.ended] == [principal.session_id]
    with pytest.raises(TokenRefused):
        await sessions.authenticate(here.access.text)
    still = await sessions.authenticate(there.access.text)
    assert await sessions.over([principal, still]) == [principal]


@pytest.mark.asyncio
async def test_a_logout_everywhere_ends_all_sessions_of_the_user_and_of_nobody_else(
    sessions: Sessions, ada: Account, ids: UnifiedIDManager
) -> None:
    pairs = [await sessions.open(ada) for _ in range(3)]
    other = await sessions.open(replace(ada, user_id=ids.new(Kind.USER)))
    await sessions.end_all(await sessions.authenticate(pairs[0].access.text))
    for pair in pairs:
        with pytest.raises(TokenRefused):
            await sessions.authenticate(pair.access.text)
    assert await sessions.authenticate(other.access.text)


@pytest.mark.asyncio
async def test_who_came_by_no_session_or_by_that_of_another_is_found_out_in_one_look_at_all(
    sessions: Sessions, ada: Account, ids: UnifiedIDManager, rows: Rows
) -> None:
    principal = await sessions.authenticate((await sessions.open(ada)).access.text)
    wrong = [
        Principal(ada.tenant_id, ada.user_id),
        replace(principal, user_id=ids.new(Kind.USER)),
        replace(principal, tenant_id=ids.new(Kind.TENANT)),
        replace(principal, session_id=ids.new(Kind.SESSION)),
    ]
    assert await sessions.over([principal, *wrong]) == wrong
    assert rows.looks == 1
