"""A server's models as a table."""

from __future__ import annotations

from dataclasses import replace

from drawthings.catalogue.catalogue import Catalogue
from smallserver import small_catalogue


def test_the_table_names_each_model_and_what_it_makes() -> None:
    html = small_catalogue()._repr_html_()
    assert html.count("<tr>") == 1 + 7
    row = (
        "<tr><td>qwen_image_edit_2511_q6p</td><td><code>qwen_image_edit_2511_q6p.ckpt</code></td>"
        "<td>qwen_image</td><td>edits</td><td>1024x1024</td></tr>"
    )
    assert row in html
    assert "<p>7 models, 2 LoRAs, 0 control nets, 1 upscalers, 0 embeddings.</p>" in html


def test_names_from_the_server_are_text_and_no_markup() -> None:
    catalogue = small_catalogue()
    model = replace(catalogue.models[0], name="<script>")
    assert "<script>" not in replace(catalogue, models=(model,))._repr_html_()


def test_long_lists_end() -> None:
    catalogue = small_catalogue()
    html = replace(catalogue, models=catalogue.models * 15)._repr_html_()
    assert html.count("<tr>") == 1 + 100
    assert "<p>And 5 more models.</p>" in html


def test_a_server_that_lists_nothing_says_why() -> None:
    html = Catalogue.from_echo(["a.ckpt"], None)._repr_html_()
    assert "<table>" not in html
    assert "--model-browser" in html
