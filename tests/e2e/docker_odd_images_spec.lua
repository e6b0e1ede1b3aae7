--- Images that are no Linux system: one static program, no shell, no /etc, users of all kinds.
---
--- The program is tests/tools/witness.c: it says with what it was started, and which signal it got.
--- What it says as a service is what it says to `docker run`: nothing of the image was touched.
local docker = dofile("tests/e2e/docker_support.lua")
local engines, json = docker.engines, require("core.json")

--- Recipe, config over the recipe's, words of the file, and the same for `docker run`; its stop
--- signal, and who it is.
---@type { recipe: string, config?: string, file?: string, run?: string[], signal: integer,
--- who: string, only?: string }[]
local SERVICES = {
  { recipe = "witness", signal = 15, who = "0 0 gid 0 0" },
  { recipe = "witness", config = [[{"Cmd": ["", "a b", "$X"], "WorkingDir": "/no/such/yet",
      "Env": ["EMPTY=", "EQUAL=a=b", "LINES=one\ntwo", "PATH=/nowhere"], "User": "1000",
      "StopSignal": "SIGUSR1"}]], signal = 10, who = "1000 1000 gid 0 0" },
  { recipe = "witness", config = [[{"Entrypoint": null, "Cmd": ["/witness", "é\t"],
      "User": "4242:77", "Volumes": {"/data/of it": {}}, "StopSignal": "42"}]], signal = 42,
    who = "4242 4242 gid 77 77" },
  { recipe = "witness", config = '{"Entrypoint": null, "Cmd": null}', signal = 15,
    file = 'command = ["/witness", "said"]', run = { "/witness", "said" }, who = "0 0 gid 0 0" },
  { recipe = "witness", config = '{"Entrypoint": null, "Cmd": ["/witness", "slowly"]}',
    signal = 15, who = "0 0 gid 0 0" }, -- of a signal that is waited for /proc tells nothing
  { recipe = "witness-users", config = '{"User": "app", "Cmd": ["lost"]}', file = 'args = ["x"]',
    run = { "x" }, signal = 15, who = "1000 1000 gid 1001 1001" },
  { recipe = "witness-users", config = '{"User": "app:staff"}', file = 'stop_signal = "SIGHUP"',
    signal = 1, who = "1000 1000 gid 50 50" },
  { recipe = "witness-broken", config = '{"User": "1000"}', signal = 15,
    who = "1000 1000 gid 1001 1001" },
  { recipe = "witness-broken", config = '{"User": "app"}', signal = 15, who = "0 0 gid 0 0",
    only = "docker" }, -- Podman starts it, and then knows no such user for an exec
}

--- Those that an engine can have.
local function services_of(kind)
  local list = {}
  for _, one in ipairs(SERVICES) do
    list[#list + 1] = (one.only or kind) == kind and one or nil
  end
  return list
end

--- The variables of Podman have no order.
local function in_order(text)
  local list, rest = {}, text:gsub("env [^\n]*\n", "")
  for entry in text:gmatch("env [^\n]*\n") do
    list[#list + 1] = entry
  end
  table.sort(list)
  return rest .. table.concat(list)
end

--- Less than `docker run` gives, by choice: see docs/docker.md.
local function without_rights(text)
  return (text:gsub("CapBnd:[^\n]*\n", ""):gsub("NoNewPrivs:[^\n]*\n", ""))
end

local FIND = { docker = engines.engine, podman = engines.podman }

for _, kind in ipairs({ "docker", "podman" }) do describe("an image with one program in " .. kind,
function()
  local engine, why, images = nil, nil, {}
  local services = services_of(kind)

  setup(function()
    engine, why = FIND[kind]()
    for i, one in ipairs(engine and services or {}) do
      images[i], why = engines.image(one.recipe, { config = one.config, engine = engine })
      engine = images[i] and engine
    end
  end)

  local function case(name, fn)
    it(name, function()
      if not engine then
        pending(why)
        return
      end
      local place <close> = docker.place(engine)
      fn(place)
      assert.equal("", place.files())
    end)
  end

  --- What the witness says to `docker run`.
  local function plainly(i)
    local words = { "run", "--rm", "--label", engines.LABEL, "--network", "none", "--hostname",
      "s" .. i, images[i] }
    table.move(services[i].run or {}, 1, 9, #words + 1, words)
    local id = assert(engine:docker("run", "-d", table.unpack(words, 3)))
    local said
    repeat
      said = assert(engine:docker("logs", id))
    until said:find("ready", 1, true)
    assert(engine:docker("rm", "-fv", id))
    return said .. "\n"
  end

  case("is started as by the engine itself, and gets its signal", function(place)
    local lines = { '[meta]\nname = "odd"\n[room]\nproject = "none"' }
    for i, one in ipairs(services) do
      lines[#lines + 1] = ('[services.s%d]\nimage = %q\nwait = { log = "^ready$" }\n%s'):format(i,
        images[i], one.file or "")
    end
    for i in ipairs(services) do
      lines[#lines + 1] = ('[[scenario]]\nname = "s%d"\nservice = "s%d"\nsteps = [{ name = "once", '
        .. 'service = "s%d", command = ["/witness", "once"] }]'):format(i, i, i)
    end
    place.write("a.clnrm.toml", table.concat(lines, "\n"))
    local got = place.clnrm({ "run", "--backend", kind, "-f", "events", "-j", "4" })
    assert.equal(0, got.code, got.out .. got.err)
    local said, steps = {}, {}
    for line in got.out:gmatch("[^\n]+") do
      local event = assert(json.decode(line))
      if event.event == "service_end" then
        said[event.service] = event.log.stdout
        assert.same({ 0 }, { event.exit_code, event.signal }, line) -- it took its signal
      elseif event.event == "output" then
        steps[event.id:match("s%d+$")] = event.text
      end
    end
    for i in ipairs(services) do
      local text = plainly(i)
      local wanted = without_rights(text) .. ("signal %d\n"):format(services[i].signal)
      local got_text = without_rights(said["s" .. i])
      if kind == "podman" then
        wanted, got_text = in_order(wanted), in_order(got_text)
      end
      assert.equal(wanted, got_text, i)
      local kept = { "uid %d+ %d+ gid %d+ %d+", "cwd [^\n]*" }
      kept[3] = kind == "docker" and "Groups:[^\n]*" or nil -- an exec of Podman has others
      for _, line in ipairs(kept) do
        assert.equal(text:match(line), steps["s" .. i]:match(line), i) -- the agent is the same user
      end
      for entry in text:gmatch("\n(env [^\n]*)") do
        if entry ~= "env HOME=" then -- of a user without one: steps get /
          assert.is_truthy(steps["s" .. i]:find(entry, 1, true), entry)
        end
      end
    end
    local run = got.out:match('"run_id":"(%x+)"')
    assert.same({}, place.left(run))
  end)

  case("is a room for lists of words, and says so of a text for the shell", function(place)
    local list = {}
    for i in ipairs(services) do
      list[i] = ([[
clnrm.test("s%d", function(t)
  local room = t:open({ image = %q })
  t:log(room:exec({ "/witness", "once" }, { check = true }).stdout)
  local result, err = room:exec("true")
  clnrm.expect(result):is_nil()
  clnrm.expect(err.code):equals("COMMAND_NOT_FOUND")
  room:put("f", "x")
  clnrm.expect((room:get("/room/f"))):equals("x")
end)]]):format(i, images[i])
    end
    place.write("a.clnrm.lua", 'local clnrm = require("clnrm")\n' .. table.concat(list, "\n"))
    local report = place.run({ "-j", "4" })
    assert.equal(0, report.code, docker.failure(report))
    local by_name = {}
    for _, one in ipairs(report.results) do
      by_name[one.name] = json.encode(one.log)
    end
    for i, one in ipairs(services) do
      local log = by_name["s" .. i]
      assert.is_truthy(log:find("uid " .. one.who, 1, true), i .. log)
      assert.is_truthy(log:find("cwd /room", 1, true), i)
    end
  end)

  case("whose user nobody knows is told, and nothing is left", function(place)
    local image = assert(engines.image("witness", { config = '{"User": "app"}',
      engine = engine }))
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n[room]\nimage = %q\n[[steps]]\nname = "x"\n'
      .. 'command = ["/witness", "once"]\n'):format(image))
    place.write("b.clnrm.toml", ('[meta]\nname = "b"\n[services.s]\nimage = %q\n[[steps]]\n'
      .. 'name = "x"\ncommand = ["/witness", "once"]\n'):format(image))
    local report = place.run()
    for i, one in ipairs(report.results) do
      assert.equal("error", one.verdict, i)
      assert.matches("app", one.failures[1].message, i)
    end
    assert(engine:docker("rmi", image)) -- nobody can use it
    assert.same({}, place.left(report.run.run_id))
  end)
end) end
