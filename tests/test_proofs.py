"""What make prove needs is as it says: without CBMC, which only newer systems have."""

import re
import subprocess

import pytest

from course import CHAPTERS, ROOT

PROOFS = {path.stem: path.read_text() for path in (ROOT / "tests/proofs").glob("*.c")}
FAULTS = {path.stem: path for path in (ROOT / "tests/proofs/faults").glob("*.patch")}


def test_every_proof_has_a_mistake_to_find_and_is_explained():
    broken = {re.search(r"^Proof: (.*)$", path.read_text(), re.MULTILINE)[1] for path in FAULTS.values()}
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/proofs.md").read_text(), re.MULTILINE)
    assert set(PROOFS) == broken == set(rows)


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS.keys())
def test_proof_says_within_which_bounds(proof):
    assert re.match(r"/\*(?: .*\n)+ \* Bounds: ", proof)


@pytest.mark.parametrize("patch", FAULTS.values(), ids=FAULTS.keys())
def test_mistake_can_be_made(patch):
    assert f"/{CHAPTERS[-1]}/" in patch.read_text()
    subprocess.run(["patch", "--dry-run", "--fuzz=0", "-p1", "-i", patch], cwd=ROOT, check=True)


def test_without_cbmc_it_says_where_to_get_it(tmp_path):
    """make alone is found, and what a shell has by itself."""
    for tool in ("make", "sh", "dirname", "uname", "grep", "expr", "getconf"):
        found = subprocess.run(["which", tool], capture_output=True, text=True, check=True).stdout.strip()
        (tmp_path / tool).symlink_to(found)
    result = subprocess.run(["make", "prove"], cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert result.returncode
    assert "cbmc is missing: it comes with the package cbmc of Debian 13 or later, which common/setup.sh prove installs." in result.stderr
