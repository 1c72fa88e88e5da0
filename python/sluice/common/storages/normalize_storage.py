"""The folder with files of items that are to be normalized."""
from sluice.common.storages.file_storage import FileStorage

EXTRACTED = "extracted"


class NormalizeStorage:
    """Files are below extracted/; an owner makes the folders."""

    def __init__(self, is_owner, config):
        self.config = config
        self.storage = FileStorage(config.normalize_volume_path, makedirs=is_owner)
        if is_owner:
            self.storage.create_folder(EXTRACTED, exists_ok=True)

    def open_file(self, name, mode="rb"):
        """A file by its path below extracted/."""
        return self.storage.open_file(f"{EXTRACTED}/{name}", mode)

    def list_files_to_normalize_sorted(self):
        return self.storage.list_folder_files(EXTRACTED)
