"""Files by their paths below one folder."""
import os
from pathlib import Path


class FileStorage:
    """Paths that lead out of the folder are refused."""

    def __init__(self, storage_path, file_type="t", makedirs=False):
        self.storage_path, self.file_type = os.path.realpath(storage_path), file_type
        if makedirs:
            os.makedirs(self.storage_path, exist_ok=True)

    def make_full_path(self, path):
        full = os.path.realpath(os.path.join(self.storage_path, path))
        if full != self.storage_path and not full.startswith(self.storage_path + os.sep):
            raise ValueError(f"{path} is not below {self.storage_path}")
        return full

    def open_file(self, relative_path, mode="r"):
        return open(self.make_full_path(relative_path), mode, encoding=None if "b" in mode else "utf-8")

    def load(self, relative_path):
        return Path(self.make_full_path(relative_path)).read_text(encoding="utf-8")

    def save(self, relative_path, data):
        """Writes a file as a whole: readers see the old one or the new one. Gives its path."""
        path = self.make_full_path(relative_path)
        Path(f"{path}.new").write_text(data, encoding="utf-8")
        os.replace(f"{path}.new", path)
        return path

    def delete(self, relative_path):
        os.unlink(self.make_full_path(relative_path))

    def has_file(self, relative_path):
        return os.path.isfile(self.make_full_path(relative_path))

    def has_folder(self, relative_path):
        return os.path.isdir(self.make_full_path(relative_path))

    def create_folder(self, relative_path, exists_ok=False):
        os.makedirs(self.make_full_path(relative_path), exist_ok=exists_ok)

    def list_folder_files(self, relative_path):
        """Paths of files in a folder, sorted."""
        folder = Path(self.make_full_path(relative_path))
        return sorted(os.path.join(relative_path, found.name) for found in folder.iterdir() if found.is_file())
