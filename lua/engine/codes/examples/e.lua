--- Examples of family E: command line, paths, settings.  See engine.codes.examples for the form.
---@type table<string, engine.codes.Example>
return {
  E001 = {
    lang = "sh",
    bad = "clnrm run helo.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  E002 = {
    lang = "sh",
    bad = "mkfifo pipe.clnrm.toml\nclnrm run pipe.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  E003 = {
    lang = "sh",
    bad = "truncate -s 17M large.clnrm.toml\nclnrm run large.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  E004 = {
    lang = "sh",
    bad = "ln -s self.clnrm.toml self.clnrm.toml\nclnrm run self.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  E005 = { lang = "sh", bad = "mkdir empty\nclnrm run empty\n", good = "clnrm run .\n" },
  E007 = {
    lang = "sh",
    bad = "cp hello.clnrm.toml hello.txt\nclnrm run hello.txt\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  E008 = {
    lang = "sh",
    bad = "HOME=$PWD clnrm run hello.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  E009 = {
    lang = "sh",
    bad = "(echo 'meta.name = \"a\"'; echo 'room.image = \"nobody/has-this:1\"'; echo '[[steps]]';"
      .. " echo 'name = \"run\"'; echo 'command = [\"true\"]') > a.clnrm.toml\n"
      .. "clnrm run --locked a.clnrm.toml\n",
    good = "clnrm run --locked hello.clnrm.toml\n",
  },
  E010 = {
    none = "an engine would have to build it, as tests/e2e/docker_images_spec.lua does",
  },
  E110 = {
    lang = "sh",
    bad = "clnrm run -k 'hello and'\n",
    good = "clnrm run -k 'hello and not slow'\n",
  },
  E111 = {
    lang = "sh",
    bad = "clnrm run hello.clnrm.toml:1\n",
    good = "clnrm run hello.clnrm.toml:5\n",
  },
  E201 = { lang = "clnrm.toml", bad = "[cli]\njbos = 4\n", good = "[cli]\njobs = 4\n" },
  E202 = {
    lang = "clnrm.toml",
    bad = '[cache]\nsize = 1\n',
    good = "[cli]\njobs = 4\n",
  },
  E203 = { lang = "clnrm.toml", bad = '[cli]\njobs = "many"\n', good = '[cli]\njobs = "auto"\n' },
  E204 = {
    lang = "clnrm.toml",
    bad = '[test_execution]\ntimeout = "5s"\ndefault_timeout = "10s"\n',
    good = '[test_execution]\ndefault_timeout = "10s"\n',
  },
  E205 = { lang = "sh", bad = "CLNRM_JOBS=many clnrm run\n", good = "CLNRM_JOBS=4 clnrm run\n" },
  E206 = {
    lang = "clnrm.toml",
    bad = 'required-version = ">=99"\n',
    good = 'required-version = ">=0.1"\n',
  },
  E207 = {
    lang = "sh",
    bad = [=[
export XDG_CONFIG_HOME=$PWD/config
mkdir -p config/clnrm
printf '[cli]\njobs = 1\n' > config/clnrm/config.toml
clnrm run hello.clnrm.toml
]=],
    good = [=[
export XDG_CONFIG_HOME=$PWD/config
mkdir -p config/clnrm
printf '[ui]\ncolor = "never"\n' > config/clnrm/config.toml
clnrm run hello.clnrm.toml
]=],
  },
  E208 = {
    lang = "sh",
    bad = "clnrm run --profile CI hello.clnrm.toml\n",
    good = "clnrm run --profile ci hello.clnrm.toml\n",
  },
  E210 = {
    lang = "sh",
    bad = [=[
mkdir -p .clnrm
printf '[[test]]\nid = "hello.clnrm.toml › hello"\n' > .clnrm/quarantine.toml
clnrm run --flaky quarantine hello.clnrm.toml
]=],
    good = [=[
mkdir -p .clnrm
printf '[[test]]\nid = "hello.clnrm.toml › hello"\nreason = "issue 7"\n' > .clnrm/quarantine.toml
clnrm run --flaky quarantine hello.clnrm.toml
]=],
  },
  E211 = {
    lang = "sh",
    bad = [=[
mkdir -p .clnrm
printf '[[test]]\nid = "hello.clnrm.toml › hi"\nreason = "issue 7"\n' > .clnrm/quarantine.toml
clnrm run --strict --flaky quarantine hello.clnrm.toml
]=],
    good = [=[
mkdir -p .clnrm
printf '[[test]]\nid = "hello.clnrm.toml › hello"\nreason = "issue 7"\n' > .clnrm/quarantine.toml
clnrm run --strict --flaky quarantine hello.clnrm.toml
]=],
  },
  E220 = {
    lang = "sh",
    bad = "echo 'return { on_tset_end = print }' > my.lua\nclnrm run --report ./my.lua\n",
    good = "echo 'return { on_test_end = print }' > my.lua\nclnrm run --report ./my.lua\n",
  },
  E221 = {
    lang = "sh",
    bad = "echo 'return { on_end = function() error(\"no\") end }' > my.lua\n"
      .. "clnrm run --report ./my.lua\n",
    good = "echo 'return { on_end = function() end }' > my.lua\nclnrm run --report ./my.lua\n",
  },
  E222 = {
    lang = "sh",
    bad = "(cat hello.clnrm.toml; printf '[report]\\njunit = \"no/r.xml\"\\n') > r.clnrm.toml\n"
      .. "clnrm run r.clnrm.toml\n",
    good = "(cat hello.clnrm.toml; printf '[report]\\njunit = \"r.xml\"\\n') > r.clnrm.toml\n"
      .. "clnrm run r.clnrm.toml\n",
  },
}
