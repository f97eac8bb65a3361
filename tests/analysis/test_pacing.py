from analysis.pacing import SHARE, Paced


def test_it_takes_its_share_of_the_time_and_no_more() -> None:
    now, done = 0.0, []

    def act() -> None:
        nonlocal now
        now += 0.5
        done.append(now)

    paced = Paced(act, lambda: now)
    paced()
    assert len(done) == 1, "what is there first is stored at once"
    while now < 1000:
        paced()
        now += 0.1
    assert 0.9 * SHARE < 0.5 * len(done) / now <= SHARE
