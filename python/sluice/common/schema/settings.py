"""What a schema says about names and types in general: default hints, preferred types, detectors, naming and normalizer."""
import copy

from sluice.common.schema import columns as cols
from sluice.common.schema import exceptions, regexes, tables as tabs


class Settings:
    """A part of Schema."""

    @property
    def settings(self):
        return self._settings

    # ---- hints and types by names ----

    def merge_hints(self, new_hints, replace=False, normalize_identifiers=True):
        """Default hints: {hint: names or patterns of columns} beside those there are, or instead of them."""
        self._merge_hints(new_hints, replace, normalize_identifiers)
        self._compile_settings()

    def _merge_hints(self, new_hints, replace=False, normalize_identifiers=True):
        for hint, patterns in new_hints.items():
            for pattern in patterns:
                regexes.check_simple_regex(pattern, f"./default_hints/{hint}")
        if normalize_identifiers:
            new_hints = self._normalize_default_hints(new_hints)
        hints = self._settings.setdefault("default_hints", {})
        for hint, patterns in new_hints.items():
            if replace or hint not in hints:
                hints[hint] = list(patterns)
            else:
                known = {regexes.canonical_simple_regex(pattern) for pattern in hints[hint]}
                hints[hint].extend(p for p in patterns if regexes.canonical_simple_regex(p) not in known)

    def update_preferred_types(self, new_preferred_types, normalize_identifiers=True):
        """{name or pattern: type} beside those there are."""
        self._update_preferred_types(new_preferred_types, normalize_identifiers)
        self._compile_settings()

    def _update_preferred_types(self, new_preferred_types, normalize_identifiers=True):
        for pattern in new_preferred_types:
            regexes.check_simple_regex(pattern, "./preferred_types")
        if normalize_identifiers:
            new_preferred_types = self._normalize_preferred_types(new_preferred_types)
        types = self._settings.setdefault("preferred_types", {})
        known = {regexes.canonical_simple_regex(pattern): pattern for pattern in types}
        for pattern, kind in new_preferred_types.items():
            types[known.get(regexes.canonical_simple_regex(pattern), pattern)] = kind

    def add_type_detection(self, detection):
        if detection not in self._settings["detections"]:
            self._settings["detections"].append(detection)
            self._compile_settings()

    def remove_type_detection(self, detection):
        if detection in self._settings["detections"]:
            self._settings["detections"].remove(detection)
            self._compile_settings()

    def get_preferred_type(self, col_name):
        """The first of the preferred types whose pattern a name meets."""
        return next((kind for pattern, kind in self._compiled_preferred_types if pattern.search(col_name)), None)

    def _infer_hint(self, hint_type, col_name):
        return any(pattern.search(col_name) for pattern in self._compiled_hints.get(hint_type, ()))

    def _compile_settings(self):
        """Called after every change of the settings."""
        def compiled(patterns):
            return [regexes.compile_simple_regex(pattern) for pattern in patterns]

        self._compiled_preferred_types = [(regexes.compile_simple_regex(p), kind)
                                          for p, kind in (self._settings.get("preferred_types") or {}).items()]
        self._compiled_hints = {hint: compiled(patterns) for hint, patterns in (self._settings.get("default_hints") or {}).items()}
        filters = {name: table["filters"] for name, table in self._schema_tables.items() if "filters" in table}
        self._compiled_excludes = {name: compiled(f["excludes"]) for name, f in filters.items() if "excludes" in f}
        self._compiled_includes = {name: compiled(f["includes"]) for name, f in filters.items() if "includes" in f}
        self._type_detections = self._settings.get("detections") or self._normalizers_config.get("detections") or []

    def _normalize_default_hints(self, default_hints):
        return {hint: [regexes.normalize_simple_regex_column(self.naming, p) for p in patterns] for hint, patterns in default_hints.items()}

    def _normalize_preferred_types(self, preferred_types):
        return {regexes.normalize_simple_regex_column(self.naming, p): kind for p, kind in preferred_types.items()}

    # ---- naming and normalizer ----

    def update_normalizers(self):
        """Takes naming and normalizer from the configuration; tables without data get other names."""
        from sluice.common.schema.normalizers import configured_normalizers

        self._configure_normalizers(configured_normalizers(schema_name=self.name))
        self.data_item_normalizer.extend_schema()
        self._compile_settings()

    def will_update_normalizers(self):
        """Whether update_normalizers would change names."""
        from sluice.common.schema.normalizers import configured_normalizers, import_normalizers

        _, naming, _ = import_normalizers(configured_normalizers(schema_name=self.name), copy.deepcopy(self._normalizers_config))
        return type(naming) is not type(self.naming) or naming.max_length != self.naming.max_length

    def _configure_normalizers(self, explicit_normalizers):
        from sluice.common.schema.normalizers import import_normalizers

        for key in ("use_break_path_on_normalize", "allow_identifier_change_on_table_with_data"):
            if explicit_normalizers and key in (self._normalizers_config or {}):
                explicit_normalizers.setdefault(key, self._normalizers_config[key])
        config, naming, normalizer = import_normalizers(explicit_normalizers, self._normalizers_config)
        self._schema_tables = self._renamed_tables(config, naming)
        self._normalizers_config, self.naming = config, naming
        self._name_own_tables()
        if self._settings.get("default_hints"):
            self._settings["default_hints"] = self._normalize_default_hints(self._settings["default_hints"])
        if self._settings.get("preferred_types"):
            self._settings["preferred_types"] = self._normalize_preferred_types(self._settings["preferred_types"])
        self.data_item_normalizer = normalizer(self)

    def _name_own_tables(self):
        name = self.naming.normalize_table_identifier
        self._dlt_tables_prefix = name("_dlt")
        self.version_table_name, self.loads_table_name, self.state_table_name = map(name, ("_dlt_version", "_dlt_loads", "_dlt_pipeline_state"))
        for table in (self.version_table_name, self.loads_table_name, self.state_table_name):
            if not tabs.is_dlt_table_or_column(table, self._dlt_tables_prefix):
                raise exceptions.SchemaCorruptedException(
                    self.name, f"the naming convention {self.naming.name()} makes {self._dlt_tables_prefix} of _dlt, with which {table} does not begin")

    def _renamed_tables(self, config, naming):
        """All tables by the names of another convention; those that have data must keep theirs."""
        if self.naming is None or type(self.naming) is type(naming):
            return self._schema_tables
        allowed = config.get("allow_identifier_change_on_table_with_data", False)
        any_data = any(map(tabs.has_table_seen_data, self._schema_tables.values()))
        originals = {self.version_table_name: tabs.version_table, self.loads_table_name: tabs.loads_table,
                     self.state_table_name: lambda: tabs.pipeline_state_table(add_dlt_id=True)}
        own = [({**self._schema_tables[name], "columns": original()["columns"]}, any_data)
               for name, original in originals.items() if name in self._schema_tables]
        data = [(table, tabs.has_table_seen_data(table)) for table in self.data_tables(include_incomplete=True)]
        renamed = {}
        for table, has_data in own + data:
            made = tabs.normalize_table_identifiers(table, naming)
            if has_data and not allowed:
                self._must_keep_names(table, made, naming)
            renamed[made["name"]] = made
        if any(has_data for _, has_data in data) and not allowed:
            raise exceptions.TableIdentifiersFrozen(self.name, "-", naming, self.naming, "Names of tables with data are not changed")
        return renamed

    def _must_keep_names(self, table, made, naming):
        if made["name"] != table["name"]:
            raise exceptions.TableIdentifiersFrozen(self.name, table["name"], naming, self.naming, f"It would be called {made['name']}")
        differing = sorted(set(made["columns"]) ^ set(table["columns"]))
        if differing:
            raise exceptions.TableIdentifiersFrozen(self.name, table["name"], naming, self.naming, f"Columns would differ: {', '.join(differing)}")

    def default_hint_props(self, col_name):
        """What the default hints say about a column, without not_null."""
        found = {}
        for hint in self._compiled_hints:
            prop, value = cols.hint_to_column_prop(hint), self._infer_hint(hint, col_name)
            if hint != "not_null" and not cols.has_default_column_prop_value(prop, value):
                found[prop] = value
        return found
