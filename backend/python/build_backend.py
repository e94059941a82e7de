# Which object has the hooks, and how it is imported.


class Backend:
    """Which object has the hooks, and how it is imported."""

    def __init__(self, module, object_path, folders):
        self.module = module
        self.object_path = object_path
        # backend-path, from the folder in which we start: a hook may be called in another. Empty:
        # the backend is an installed one.
        self.folders = [os.path.abspath(folder) for folder in folders]
        self.loaded = []  # the object, once it is imported

    def load(self):
        """The object; raises what its import raises."""
        if not self.loaded:
            if self.folders:
                self._clear_the_way()
            __import__(self.module)
            found = sys.modules[self.module]
            if self.folders:
                self._check_origin(self.module.partition(".")[0])
                self._check_origin(self.module)
            for name in filter(None, self.object_path.split(".")):
                found = getattr(found, name)
            self.loaded.append(found)
        return self.loaded[0]

    def introduce(self):
        """Imports it, and says so: the message `started` or `failed`; never raises."""
        try:
            found = self.load()
            proxy = f"BackendProxy(backend={printable(str, found)})"
            hooks = [name for name in HOOKS if self._has(found, name)]
            return {"op": "started", "proxy": proxy, "hooks": hooks}
        except BaseException as error:
            return {"op": "failed", "failure": describe_anyhow(error, None, LONGEST_CONTROL)}

    @staticmethod
    def _has(found, name):
        try:
            getattr(found, name)
        except AttributeError:
            return False
        except BaseException:
            pass  # who calls it will be told
        return True

    def _clear_the_way(self):
        """PEP 517: the folders come first on sys.path, and the backend comes from them, even if
        another module of its name has been imported already."""
        sys.path[:0] = self.folders
        top = self.module.partition(".")[0]
        for name in list(sys.modules):
            if name == top or name.startswith(top + "."):
                del sys.modules[name]
        for finder in list(sys.path_importer_cache.values()):
            if hasattr(finder, "invalidate_caches"):  # importlib's would import importlib.metadata
                finder.invalidate_caches()

    def _check_origin(self, name):
        module = sys.modules[name]
        file = getattr(module, "__file__", None)
        places = [file] if file else list(getattr(module, "__path__", []))
        for make_plain in (os.path.abspath, os.path.realpath):
            for folder in self.folders:
                start = os.path.join(make_plain(folder), "")
                if any(make_plain(place).startswith(start) for place in places):
                    return
        where = places[0] if places else "the interpreter itself"
        raise BackendUnavailable(f"{name} comes from {where}, not from backend-path")
