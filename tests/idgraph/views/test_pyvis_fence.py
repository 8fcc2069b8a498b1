import hashlib
import subprocess
import sys
from importlib.resources import files

import pytest

from idgraph.errors import IdGraphError
from idgraph.views import pyvis_fence
from idgraph.views.picture import drawing
from idgraph.views.pyvis_fence import BUNDLE, BUNDLE_SHA256, network_data, vis_network_script
from tests.idgraph.views.example import demo


def test_pyvis_ships_the_script_that_was_examined():
    content = files("pyvis").joinpath(BUNDLE).read_bytes()

    assert hashlib.sha256(content).hexdigest() == BUNDLE_SHA256


def test_another_script_is_refused(monkeypatch):
    monkeypatch.setattr(pyvis_fence, "BUNDLE_SHA256", "0" * 64)
    vis_network_script.cache_clear()

    with pytest.raises(IdGraphError, match="not the one idgraph was tested with"):
        vis_network_script()
    vis_network_script.cache_clear()


def test_the_script_cannot_end_its_element_and_points_at_no_map():
    script = vis_network_script()

    assert "</script" not in script.lower()
    assert "<!--" not in script
    assert "sourceMappingURL" not in script
    assert "\r" not in script
    assert "innerHTML" not in script


def test_nodes_are_numbers_with_places_and_no_name_is_an_id():
    picture = demo()
    drawn = drawing(picture)
    data = network_data(picture, drawn)

    assert [node["id"] for node in data["nodes"]] == list(drawn.nodes)
    assert all(isinstance(node["x"], int) and isinstance(node["y"], int) for node in data["nodes"])
    assert all({edge["from"], edge["to"]} <= set(drawn.nodes) for edge in data["edges"])


def test_importing_the_views_does_not_import_pyvis():
    code = (
        "import sys, idgraph.views.html, idgraph.views.notebook;"
        "sys.exit(any(name.startswith(('pyvis', 'networkx', 'IPython')) for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
