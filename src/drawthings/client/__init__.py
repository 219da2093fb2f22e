"""DrawThings and AsyncDrawThings, the two faces of the library."""
