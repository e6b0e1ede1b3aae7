--- Examples of family F: formatting.  See engine.codes.examples for the form.

---@type table<string, engine.codes.Example>
return {
  F010 = {
    lang = "sh",
    bad = "printf '%s\\n' 'a = [' '{% if x %}' '1]' '{% endif %}' > a.toml.tera\n"
      .. "clnrm fmt a.toml.tera\n",
    good = "printf '%s\\n' 'a = [' '{% if x %}' '1' '{% endif %}' ']' > a.toml.tera\n"
      .. "clnrm fmt a.toml.tera\n",
  },
  F011 = { none = "a bug in clnrm, and none is known" },
}
