"""What holds for every loader."""

from pathlib import Path

import pytest

from idgraph.errors import InputError, UnknownNameError
from idgraph.records import CoverageRecord, Ignored, Rejected
from loaders import LOADERS, loader

SAMPLES = Path(__file__).parents[2] / "sample_data" / "northlight"
FILES = {
    "azurehound": "azurehound.json",
    "azure_keyvault": "keyvault-secrets.json",
    "owners_csv": "owners.csv",
    "reset_register": "resets.csv",
    "entra_audit": "directory-audits.json",
    "entra_signins": "sign-ins.json",
    "tickets_csv": "tickets.csv",
    "aws_iam": "aws/345678901234/authorization-details.json",
}
# The company has none of these; they have tests of their own.
WITHOUT_SAMPLE = {"okta_system_log", "aws_cloudtrail"}

each_loader = pytest.mark.parametrize(
    "each", [each for each in LOADERS if each.name in FILES], ids=lambda each: each.name
)


def test_every_loader_has_a_sample():
    assert {each.name for each in LOADERS} == set(FILES) | WITHOUT_SAMPLE


@pytest.mark.parametrize("name", ["azurehound", "AzureHound", "owners-csv", " azure_keyvault "])
def test_a_loader_is_found_by_its_name(name):
    assert loader(name) in LOADERS


def test_a_name_nobody_has_names_the_closest():
    with pytest.raises(UnknownNameError, match=r"Did you mean azurehound\?"):
        loader("azurhound")
    with pytest.raises(UnknownNameError, match="There are azurehound, azure_keyvault, owners_csv"):
        loader("okta")


@each_loader
def test_every_record_names_a_kind_that_the_loader_knows_and_a_place(each):
    reading = each.parse([SAMPLES / FILES[each.name]])
    for record in reading:
        if isinstance(record, CoverageRecord):
            assert record.complete or record.about
        elif isinstance(record, Ignored):  # under its own name, which nobody need know
            assert record.record
            assert record.reason
        else:
            assert record.record in each.record_kinds
            assert record.evidence.startswith(reading.files[0])


@each_loader
def test_accepted_ignored_and_refused_are_all_records(each):
    reading = each.parse([SAMPLES / FILES[each.name]])
    rejected = [record for record in reading if isinstance(record, Rejected)]

    counts = reading.counts
    total = counts.accepted + sum(counts.ignored.values()) + counts.refused
    assert counts.records == total > 0
    assert rejected == counts.rejected


@each_loader
def test_the_source_is_known_when_the_records_were_read(each):
    reading = each.parse([SAMPLES / FILES[each.name]])

    assert reading.source is None
    list(reading)
    assert reading.source.loader == each.name
    assert reading.source.scope
    assert reading.observed_at is None


@each_loader
def test_no_sample_leaks_a_canary(each):
    assert "CANARY" not in repr(list(each.parse([SAMPLES / FILES[each.name]])))


@each_loader
def test_the_same_file_gives_the_same_records(each):
    one, two = (list(each.parse([SAMPLES / FILES[each.name]])) for _ in range(2))

    assert one == two


@each_loader
def test_a_file_of_another_kind_is_refused(each):
    for name, file in FILES.items():
        if name != each.name:
            with pytest.raises(InputError):
                list(each.parse([SAMPLES / file]))


@each_loader
def test_a_file_cut_in_half_is_refused_or_read_to_its_end(each, tmp_path):
    whole = (SAMPLES / FILES[each.name]).read_bytes()
    path = tmp_path / Path(FILES[each.name]).name
    path.write_bytes(whole[: len(whole) // 2])

    if FILES[each.name].endswith(".csv"):  # a line cannot tell that others are missing
        assert list(each.parse([path]))
    else:
        with pytest.raises(InputError):
            list(each.parse([path]))
