"""The painter of the embedded server: an illustrator that stands in for a diffusion model.

It is no neural network and does not pretend to be one. It reads the words of a prompt, looks them up in a small
vocabulary, lays out a picture and draws it with numpy and Pillow, so that a test or a demonstration sees at once what
the server understood: another word, seed, step count, mask, LoRA or strength gives another picture, and the same
request gives the same picture, bit for bit.

Files, in the order a request meets them:

- ``job.py``: what is to be painted, as one frozen ``Job``.
- ``painter.py``: the way from a job to finished pixels (``paint``) and to the look of each step (``stage``).
- ``words.py`` and ``vocabulary.py``: a prompt becomes a ``Brief``.
- ``light.py``: the colours of an hour and a weather.
- ``scene/``: a brief becomes a picture.
- ``style.py``, ``grade.py``: brush and colour on top (styles, guidance, sampler, LoRAs, model).
- ``dials.py``: all the settings without a place of their own; ``tuning.py``, ``framing.py``, ``tiles.py`` and
  ``motion.py``: what each of them does to colours and sharpness, the cut, the seams, and clips.
- ``blend.py``, ``edit.py``, ``mask.py``, ``hints.py``: what input pictures do to the result.
- ``stages.py``, ``finish.py``: steps before the end, and upscaling and the like after it.
- ``film.py``, ``sound.py``: frames and audio of video models.
- ``sketch.py``: two colours in place of a picture, where many servers share one process.
- ``latent.py``: pictures as latents of a model family, for previews.
- ``noise.py``, ``colour.py``, ``raster.py``: seeded randomness, colour arithmetic, shapes and planes.
"""
