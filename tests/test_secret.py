"""The secret seed: private on disk, never shown, and the source of independent seeds."""

import os
import stat

import pytest

from grader.cli import main
from grader.errors import GraderError
from grader.secret import Secret, find_secret, load_secret, new_secret

KEY = bytes(range(32))


def test_a_new_secret_is_readable_by_its_owner_alone_and_loads_again(tmp_path):
    old_mask = os.umask(0)
    try:
        made = new_secret(tmp_path / "deep" / "secret")
    finally:
        os.umask(old_mask)
    path = tmp_path / "deep" / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_secret(path) == made
    assert new_secret(tmp_path / "other") != made


def test_a_secret_is_never_overwritten(tmp_path):
    path = tmp_path / "secret"
    made = new_secret(path)
    with pytest.raises(GraderError, match="there already"):
        new_secret(path)
    assert load_secret(path) == made


def test_a_secret_that_others_can_read_is_refused_with_the_remedy(tmp_path):
    path = tmp_path / "secret"
    new_secret(path)
    path.chmod(0o640)
    with pytest.raises(GraderError, match=f"chmod 600 {path}"):
        load_secret(path)


@pytest.mark.parametrize("text", ["", "not hex", KEY.hex()[:-2], KEY.hex() + "00", "é"])
def test_what_is_not_a_secret_is_refused_without_quoting_it(tmp_path, text):
    path = tmp_path / "secret"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(GraderError) as refusal:
        load_secret(path)
    assert not text or text not in str(refusal.value)


def test_the_variable_comes_before_the_file(tmp_path, monkeypatch):
    monkeypatch.delenv("GLASSLAB_SECRET", raising=False)
    with pytest.raises(GraderError, match="grader secret new"):
        find_secret(tmp_path / "secret")
    in_file = new_secret(tmp_path / "secret")
    assert find_secret(tmp_path / "secret") == in_file
    monkeypatch.setenv("GLASSLAB_SECRET", KEY.hex())
    assert find_secret(tmp_path / "secret") == Secret(KEY)


def test_no_text_of_a_secret_shows_it():
    secret = Secret(KEY)
    for text in (repr(secret), str(secret), f"{secret}", repr([secret])):
        assert KEY.hex() not in text and repr(KEY) not in text


def test_seeds_differ_by_purpose_and_by_secret_and_stay_the_same():
    seeds = {
        secret.derive(purpose)
        for secret in (Secret(KEY), Secret(KEY[::-1]))
        for purpose in ("a", "b", "a/1", "a/11")
    }
    assert len(seeds) == 8
    assert all(0 <= seed < 2**63 for seed in seeds)
    # What openssl computes for this key and purpose: suites outlive this code.
    assert Secret(KEY).derive("questions/cumsum") == 0x1E8AA72D18478DC4 >> 1


def test_the_command_says_where_and_never_what(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(tmp_path))
    assert main(["secret", "new"]) == 0
    path = tmp_path / "secret"
    shown = "".join(capsys.readouterr())
    assert str(path) in shown
    assert path.read_text().strip() not in shown
    assert main(["secret", "new", str(path)]) == 1
    assert "there already" in capsys.readouterr().err
