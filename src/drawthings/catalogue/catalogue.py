"""What one server has, as it told when it was asked, and how names and files relate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drawthings.catalogue.entries import (
    NO_MODIFIER,
    SUFFIX,
    ControlEntry,
    E,
    EmbeddingEntry,
    Entry,
    LoraEntry,
    ModelEntry,
    UpscalerEntry,
    parse_entries,
    stem_of,
)
from drawthings.catalogue.guess import guess_entry
from drawthings.catalogue.lookup import find, nearest
from drawthings.catalogue.preference import preferred_editor, preferred_generator
from drawthings.errors import ModelNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BROWSER_OFF = "The server does not list its files, because it runs without --model-browser."
NOT_DESCRIBED = (
    "The server has this file but does not describe it: either a part that it needs is missing there, or the server "
    "takes it for Stable Diffusion 1."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The files of a server.

    Attributes:
        models: Checkpoints of which every part is there.
        loras: LoRAs.
        controls: Control nets and adapters.
        upscalers: Upscalers.
        embeddings: Textual inversions.
        files: All checkpoint files in the folders the server looks through first; a model from a further folder is
            listed above without being here, and parts of models (encoders, decoders) are here without being above.
        browsable: Whether the server lists what it has. If not, entries are guessed from file names.
        problems: A sentence for everything in the lists that could not be read.
    """

    models: tuple[ModelEntry, ...] = ()
    loras: tuple[LoraEntry, ...] = ()
    controls: tuple[ControlEntry, ...] = ()
    upscalers: tuple[UpscalerEntry, ...] = ()
    embeddings: tuple[EmbeddingEntry, ...] = ()
    files: frozenset[str] = field(default=frozenset(), repr=False)
    browsable: bool = True
    problems: tuple[str, ...] = ()

    @classmethod
    def from_echo(cls, files: Sequence[str], override: Mapping[str, bytes] | None) -> Catalogue:
        """Read what the server's answer to ``Echo`` lists.

        Args:
            files: The file names of the answer; duplicates do no harm.
            override: The lists by the names ``models``, ``loras``, ``controlNets``, ``textualInversions`` and
                ``upscalers``, each a JSON array as bytes; None when the answer has none, as without
                ``--model-browser``.

        Returns:
            The catalogue. Whatever cannot be read is told in ``problems``, and everything else is kept.

        Source:
            ``ImageGenerationServiceImpl.echo``.
        """
        if override is None:
            return cls(files=frozenset(files), browsable=False)
        problems: list[str] = []

        def read(kind: type[E]) -> tuple[E, ...]:
            entries, sentences = parse_entries(kind, override.get(kind.wire_key, b""))
            problems.extend(sentences)
            return tuple(entries)

        return cls(
            models=read(ModelEntry),
            loras=read(LoraEntry),
            controls=read(ControlEntry),
            upscalers=read(UpscalerEntry),
            embeddings=read(EmbeddingEntry),
            files=frozenset(files),
            problems=tuple(problems),
        )

    @property
    def note(self) -> str:
        """Why there is no list, or an empty text when there is one."""
        return "" if self.browsable else BROWSER_OFF

    def model(self, name: str) -> ModelEntry:
        """Return the model of that name.

        Args:
            name: A file name, with or without ``.ckpt``, or a friendly name; case, spaces and underscores do not
                matter.

        Returns:
            The entry. When the server does not list its files, or has the file without describing it, an entry that
            is guessed from the file name, with ``known`` false and the reason in ``note``.

        Raises:
            ModelNotFound: The name is unknown or fits several files, and ``suggestions`` holds the nearest; or the
                server does not list its files and the name is no file name.
        """
        return self._entry(ModelEntry, self.models, name)

    def lora(self, name: str) -> LoraEntry:
        """Return the LoRA of that name; like ``model``."""
        return self._entry(LoraEntry, self.loras, name)

    def control(self, name: str) -> ControlEntry:
        """Return the control net of that name; like ``model``."""
        return self._entry(ControlEntry, self.controls, name)

    def upscaler(self, name: str) -> UpscalerEntry:
        """Return the upscaler of that name; like ``model``."""
        return self._entry(UpscalerEntry, self.upscalers, name)

    def find_model(self, file: str) -> ModelEntry | None:
        """Return the model the server lists under exactly that file name, or None."""
        return _listed(self.models, file)

    def find_lora(self, file: str) -> LoraEntry | None:
        """Return the LoRA the server lists under exactly that file name, or None."""
        return _listed(self.loras, file)

    def find_control(self, file: str) -> ControlEntry | None:
        """Return the control net the server lists under exactly that file name, or None."""
        return _listed(self.controls, file)

    def find_upscaler(self, file: str) -> UpscalerEntry | None:
        """Return the upscaler the server lists under exactly that file name, or None."""
        return _listed(self.upscalers, file)

    def loras_for(self, model: ModelEntry) -> tuple[LoraEntry, ...]:
        """Return the LoRAs that have an effect on a model."""
        return tuple(lora for lora in self.loras if fits(lora, model))

    def default_model(self, preferred: str | None = None) -> ModelEntry:
        """Return the model for a prompt when none is named, by the order in ``preference.py``.

        Args:
            preferred: A model by file or name that is taken whatever that order says.

        Raises:
            ModelNotFound: The preferred model is not there; or the server lists no model that can draw from a prompt,
                or lists nothing at all.
        """
        model = self.model(preferred) if preferred else preferred_generator(self.models)
        if model is not None:
            return model
        if not self.browsable:
            raise ModelNotFound(
                f"No model is named and none can be chosen. {BROWSER_OFF}",
                hint="Name the model file, or start the server with --model-browser.",
            )
        suggestions = tuple(entry.file for entry in self.models)
        raise ModelNotFound(
            "No model is named, and the server has none that draws from a prompt alone.",
            hint="Put a model into the server's folder; one whose text encoder or decoder is missing is not listed.",
            suggestions=suggestions,
        )

    def default_edit_model(self) -> ModelEntry:
        """Return the model for editing a picture when none is named.

        Returns:
            The best edit model; where there is none the default model, which changes a picture by starting from it.

        Raises:
            ModelNotFound: As ``default_model`` does.
        """
        return preferred_editor(self.models) or self.default_model()

    def _repr_html_(self) -> str:
        from drawthings.catalogue.table import table_of

        return table_of(self)

    def _entry(self, kind: type[E], entries: Sequence[E], name: str) -> E:
        found = find(entries, name)
        if len(found) == 1:
            return found[0]
        if found:
            files = tuple(sorted(entry.file for entry in found))
            raise ModelNotFound(
                f"{name!r} fits {len(files)} {kind.plural}: {', '.join(files)}.",
                hint="Use one of the file names.",
                kind=kind.kind,
                name=name,
                suggestions=files,
            )
        file = self._undescribed(name)
        if file is None:
            raise self._unknown(kind, entries, name)
        return guess_entry(kind, file, NOT_DESCRIBED if self.browsable else BROWSER_OFF)

    def _undescribed(self, name: str) -> str | None:
        """Return the file that a name means although the server describes none of that name, or None."""
        same = sorted(file for file in self.files if _names(name, file))
        if not self.browsable:
            return next(iter(same), name if name.lower().endswith(SUFFIX) else None)
        taken = {file for entry in self._all() for file in entry.required_files}
        return next((file for file in same if file not in taken), None)

    def _all(self) -> tuple[Entry, ...]:
        return (*self.models, *self.loras, *self.controls, *self.upscalers, *self.embeddings)

    def _unknown(self, kind: type[E], entries: Sequence[E], name: str) -> ModelNotFound:
        if not self.browsable:
            return ModelNotFound(
                f"The {kind.kind} {name!r} cannot be looked up. {BROWSER_OFF}",
                hint="Give the complete file name, ending in .ckpt, or start the server with --model-browser.",
                kind=kind.kind,
                name=name,
            )
        suggestions = nearest(entries, name)
        return ModelNotFound(
            f"The server has no {kind.kind} {name!r}.",
            hint=self._advice(kind, entries, name, suggestions),
            kind=kind.kind,
            name=name,
            suggestions=suggestions,
        )

    def _advice(self, kind: type[E], entries: Sequence[E], name: str, suggestions: Sequence[str]) -> str:
        for entry in self._all():
            if not isinstance(entry, kind) and find((entry,), name):
                return f"{entry.file} is {_article(entry.kind)}, not {_article(kind.kind)}."
        owners = [model.file for model in self.models if any(_names(name, file) for file in model.required_files)]
        if owners:
            return f"It is a part of {owners[0]}, not {_article(kind.kind)} by itself."
        if suggestions:
            return f"Did you mean {' or '.join(suggestions)}?"
        if entries:
            return f"It has {len(entries)} {kind.plural}; `drawthings models list` shows them."
        return f"It lists no {kind.plural} at all."


def fits(lora: LoraEntry, model: ModelEntry) -> bool:
    """Return whether a LoRA has an effect on a model; one that does not fit is skipped without a word.

    Args:
        lora: The LoRA.
        model: The model.

    Returns:
        Whether both are of one version. LoRAs of Stable Diffusion 1 also work with Kandinsky. A LoRA whose version
        nobody knows gets the benefit of the doubt.

    Source:
        ``LocalImageGenerator.generateTextOnly``.
    """
    if lora.version == "v1" and model.version == "kandinsky2.1":
        return True
    return lora.version in {"", model.version}


def modifier_for(model: ModelEntry, loras: Sequence[LoraEntry] = ()) -> str:
    """Return the conditioning a request works with.

    Args:
        model: The model.
        loras: The LoRAs of the request, in order.

    Returns:
        The model's own modifier; if it has none, that of the first LoRA with one; else ``none``.

    Source:
        ``ImageGeneratorUtils.modifierForModel``.
    """
    return next((entry.modifier for entry in (model, *loras) if entry.modifier != NO_MODIFIER), NO_MODIFIER)


def _listed(entries: Sequence[E], file: str) -> E | None:
    return next((entry for entry in entries if entry.file == file), None)


def _names(name: str, file: str) -> bool:
    """Return whether a name is that of a file, in any case, with or without extension."""
    return name.casefold() in {file.casefold(), stem_of(file).casefold()}


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeu" else f"a {kind}"
