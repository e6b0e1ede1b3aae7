--- Examples of family R: templates.  See engine.codes.examples for the form.
local STEP = '[[steps]]\nname = "say"\ncommand = ["echo", "hi"]\n'

local USE = STEP .. 'stdin = "{{ matrix.word }}"\n'
local MATRIX = '[matrix]\nword = ["a", "b"]\n' .. STEP .. 'stdin = "'
local END = '"\n'

---@type table<string, engine.codes.Example>
return {
  R001 = {
    bad = STEP .. 'stdin = "{% if svc %}yes"\n',
    good = STEP .. 'stdin = "{% if svc %}yes{% endif %}"\n',
  },
  R002 = { bad = MATRIX .. "{{ matrix.word }} {{ matrix.wrd }}" .. END,
    good = MATRIX .. "{{ matrix.word }}" .. END },
  R003 = {
    bad = "[vars]\nsaid = 'a \"b\" c'\n" .. STEP .. 'stdin = "{{ vars.said }}"\n',
    good = "[vars]\nsaid = 'a \"b\" c'\n" .. STEP .. "stdin = '{{ vars.said }}'\n",
  },
  R004 = {
    bad = '[vars]\na = "x"\nb = "{{ vars.a }}y"\n' .. STEP .. 'stdin = "{{ a }}{{ b }}"\n',
    good = '[vars]\na = "x"\nb = "xy"\n' .. STEP .. 'stdin = "{{ a }}{{ b }}"\n',
  },
  R005 = {
    lang = "sh",
    bad = "(printf '[vars]\\na = 1\\n'; cat hello.clnrm.toml; yes '# {{ a }}' | head -n 10001)"
      .. " > tags.clnrm.toml\nclnrm run tags.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  R006 = {
    bad = MATRIX .. "{{ matrix.word | upcase }}" .. END,
    good = MATRIX .. "{{ matrix.word | upper }}" .. END,
  },
  R010 = {
    bad = '[matrix]\nword = ["a", "b", "a"]\n' .. USE,
    good = '[matrix]\nword = ["a", "b"]\n' .. USE,
  },
  R011 = {
    bad = '[matrix]\nword = ["a", "b"]\nexclude = [{ word = "c" }]\n' .. USE,
    good = '[matrix]\nword = ["a", "b"]\nexclude = [{ word = "b" }]\n' .. USE,
  },
  R012 = {
    bad = '[matrix]\nword = ["a"]\nexclude = [{ word = "a" }]\n' .. USE,
    good = '[matrix]\nword = ["a"]\n' .. USE,
  },
  R013 = {
    lang = "sh",
    bad = "(printf '[vars]\\nword = 1\\n'; cat hello.clnrm.toml) > unused.clnrm.toml\n"
      .. "clnrm run --strict unused.clnrm.toml\n",
    good = "clnrm run --strict hello.clnrm.toml\n",
  },
  R015 = {
    lang = "sh",
    bad = "(printf '[vars]\\nn = 1\\n'; cat hello.clnrm.toml; echo '# {{ n }}') > n.clnrm.toml\n"
      .. "clnrm run n.clnrm.toml -D n=one\n",
    good = "(printf '[vars]\\nn = 1\\n'; cat hello.clnrm.toml; echo '# {{ n }}') > n.clnrm.toml\n"
      .. "clnrm run n.clnrm.toml -D n=2\n",
  },
  R014 = {
    lang = "sh",
    bad = "clnrm run 'hello.clnrm.toml[db=pg]'\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
}
