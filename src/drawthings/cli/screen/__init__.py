"""The terminal while a job runs: one line that tells how far it is, and the picture as the model sees it.

What is known of the job is in ``client/account.py``, how that reads as a line in ``line.py``, what the terminal can do
in ``terminal.py``. A picture is made to fit by ``raster.py``, put into the terminal's language by
``kitty.py``, ``iterm.py``, ``sixel.py`` or ``blocks.py``, chosen in ``drawing.py``. ``region.py`` knows which rows of
the screen are ours, ``live.py`` draws them again, and ``foreground.py`` gives the terminal back on Ctrl-C and Ctrl-Z.
"""
