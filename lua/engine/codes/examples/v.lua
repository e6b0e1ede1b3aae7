--- Examples of family V: the environment.  See engine.codes.examples for the form.
---@type table<string, engine.codes.Example>
return {
  V001 = {
    lang = "sh",
    bad = "ulimit -n 16\nclnrm run hello.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  V002 = {
    none = "somebody would have to kill the room's agent, as tests/faults/room_spec.lua does",
  },
  V003 = {
    lang = "sh",
    bad = "(echo 'meta.name = \"wait\"'; echo '[[steps]]'; echo 'name = \"wait\"';"
      .. " echo 'command = [\"sleep\", \"60\"]') > wait.clnrm.toml\n"
      .. "clnrm run --deadline 300ms wait.clnrm.toml\n",
    good = "clnrm run --deadline 60s hello.clnrm.toml\n",
  },
  V004 = {
    bad = '[services.web]\ncommand = ["sleep", "60"]\n'
      .. '[[steps]]\nname = "kill it"\ncommand = "kill -9 $(pgrep -x sleep); exec sleep 30"\n',
    good = '[services.web]\ncommand = ["sleep", "60"]\n'
      .. '[[steps]]\nname = "look"\ncommand = ["pgrep", "-x", "sleep"]\n',
  },
  V005 = {
    bad = '[room]\nimage = "nobody/has-this:1"\n'
      .. '[[steps]]\nname = "run"\ncommand = ["true"]\n',
    good = '[room]\nimage = "host"\n[[steps]]\nname = "run"\ncommand = ["true"]\n',
  },
  V006 = {
    none = "an engine would have to be stopped, as tests/faults/docker_calls_spec.lua does",
  },
  V007 = {
    none = "an engine would have to fail, as in tests/e2e/docker_held_spec.lua",
  },
  V008 = {
    none = "an engine would have to end its events, as in tests/e2e/docker_events_spec.lua",
  },
  V009 = {
    none = "somebody would have to restart a service, as in tests/e2e/services_live_spec.lua",
  },
}
