"""The errors that a user can meet. Each message is one sentence: what is wrong, where, and what to do next."""


class OccnetError(Exception):
    """Any expected failure. The command line prints its message alone and exits with code 2."""


class FileError(OccnetError):
    """A file is missing, unreadable, of an unknown format, or does not hold what its name promises."""


class CloudError(OccnetError):
    """A point cloud cannot be reconstructed: too few points, not finite, or degenerate."""


class MeshError(OccnetError):
    """A mesh cannot be used: empty, wrong indices, not finite, or not solid where a solid is needed."""


class EmptySurface(OccnetError):
    """A field has no surface inside the bounds at the resolution asked for."""


class ModelError(OccnetError):
    """A model or checkpoint is missing, incomplete, or does not fit what is asked of it."""


class RecipeError(OccnetError):
    """A recipe has an unknown key, a wrong type or a value outside its range."""


class DatasetError(OccnetError):
    """A prepared dataset is missing, incomplete or damaged."""


class MissingLibrary(OccnetError):
    """An optional library is asked for that cannot be imported here: no fault of what it was to work on."""


class PluginError(OccnetError):
    """A name is unknown, or code from outside the package that was to add it cannot be run."""
