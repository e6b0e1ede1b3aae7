local fs = require("core.fs")
local lock = require("core.lock")
local runs = require("engine.runs")
local store = require("engine.runs.store")

local HEADER = '{"schema":"clnrm.run/1","id":"%s","version":"0","project":"%s","command":"run",'
  .. '"args":[],"whole":%s,"began":"2026-01-01T00:00:00Z","began_s":%d,'
  .. '"began_ns":%d000000000}\n'
local END = '{"event":"record_end","exit_code":%d,"counts":{"pass":1},"duration_ms":5,'
  .. '"not_run":0}\n'

local function result(id, verdict, ms)
  return ('{"event":"scenario_end","id":"%s","file":"f","name":"%s","verdict":"%s",'
    .. '"duration_ms":%d}\n'):format(id, id, verdict, ms or 1)
end

describe("engine.runs", function()
  local dir, getenv
  local function record(sequence, id, fields)
    local text = HEADER:format(id, fields.project or "/p", tostring(fields.whole or false),
      sequence, sequence) .. (fields.text or "") .. (fields.cut and "" or END:format(0))
    local path = ("%s/clnrm/runs/%08d-%s.ndjson"):format(dir, sequence, id)
    assert(fs.mkdir_p(dir .. "/clnrm/runs", { mode = 448 }))
    assert(fs.write_atomic(path, text))
    return path
  end

  before_each(function()
    dir = assert(fs.tempdir())
    getenv = os.getenv
    rawset(os, "getenv", function(name)
      return name == "XDG_STATE_HOME" and dir or getenv(name)
    end)
  end)
  after_each(function()
    rawset(os, "getenv", getenv)
    fs.remove_tree(dir)
  end)

  it("has none where no directory is", function()
    assert.same({}, (runs.list()))
    local info, why = runs.find("latest")
    assert.is_nil(info)
    assert.matches("0 recorded", why)
    assert.is_nil(runs.last_failed("/p"))
  end)

  it("lists by number, the newest first, whatever the clock said", function()
    record(9, "0000000a", {})
    record(10, "0000000b", {})
    record(10, "0000000c", {})
    local ids = {}
    for i, info in ipairs((runs.list())) do
      ids[i] = info.id
    end
    assert.same({ "0000000c", "0000000b", "0000000a" }, ids)
  end)

  it("finds a run by the beginning of its id, or by its place", function()
    record(1, "aa000001", {})
    record(2, "aa000002", {})
    record(3, "bb000003", {})
    assert.equal("bb000003", runs.find("b").id)
    assert.equal("aa000002", runs.find("AA000002").id)
    assert.equal("bb000003", runs.find("latest").id)
    assert.equal("aa000001", runs.find("latest~2").id)
    assert.matches("begins the ids of 2 runs", select(2, runs.find("aa")))
    assert.matches("no run 'latest~3'", select(2, runs.find("latest~3")))
    assert.matches("no run 'cc'", select(2, runs.find("cc")))
    assert.matches("is no run", select(2, runs.find("../x")))
    assert.matches("is no run", select(2, runs.find("latest~99999999999999999999x")))
    assert.matches("no run", select(2, runs.find("latest~99999999999999999999")))
  end)

  it("takes what is garbage for no record, and goes on", function()
    local path = dir .. "/clnrm/runs/0000000%d-0000000%d.ndjson"
    record(1, "aa000001", {})
    for i, text in ipairs({
      "", "\n", "{", "null\n", "[]\n", '{"schema":"clnrm.run/2","id":"x"}\n', ("x"):rep(1 << 20),
      '{"schema":"clnrm.run/1","id":5,"project":[],"began_s":"x"}\n', "\0\0\0\n",
    }) do
      assert(fs.write_atomic(path:format(i, i), text))
    end
    assert(fs.symlink(dir .. "/clnrm/runs/00000011-aa000011.ndjson", "/etc/passwd"))
    assert(fs.mkdir_p(dir .. "/clnrm/runs/00000012-aa000012.ndjson"))
    assert(fs.write_atomic(dir .. "/clnrm/runs/notes.txt", "mine"))
    local list, unreadable = runs.list()
    assert.equal(1, #list)
    assert.equal(9, #unreadable)
    local newer = {}
    for _, file in ipairs(unreadable) do
      newer[#newer + 1] = file.is_newer and file.path or nil
    end
    assert.equal(1, #newer)
  end)

  it("tells a record that a newer clnrm has written from what is none", function()
    local path = record(2, "aa000002", { text = result("a", "fail") })
    assert(fs.write_atomic(path, (fs.read(path):gsub("clnrm.run/1", "clnrm.run/2"))))
    record(1, "aa000001", { whole = true, text = result("a", "pass") })
    local list, unreadable = runs.list()
    assert.equal(1, #list)
    assert.same({ { path = path, sequence = 2, project = "/p", is_newer = true } }, unreadable)
    assert.equal(1, #runs.last_failed("/p").unread)
    record(3, "aa000003", { whole = true, text = result("a", "pass") })
    assert.equal(0, #runs.last_failed("/p").unread)
    assert(fs.write_atomic(path:gsub("00000002", "00000005"), fs.read(path)))
    record(4, "aa000004", { project = "/other" })
    assert.equal(0, #runs.last_failed("/other").unread)
    assert(fs.write_atomic(path:gsub("00000002", "00000006"), "nothing of a header"))
    assert.equal(1, #runs.last_failed("/other").unread)
  end)

  it("reads a record that was cut off up to its last whole line", function()
    record(1, "aa000001", {
      text = result("a", "pass") .. result("b", "fail") .. '{"event":"scenario_end","id":"c"',
      cut = true,
    })
    local info = runs.find("latest")
    assert.equal("incomplete", info.state)
    assert.same({ pass = 1, fail = 1 }, info.counts)
    assert.is_nil(info.exit_code)
    local results = runs.results(info)
    assert.equal("fail", results["f › b"].verdict)
    assert.is_nil(results["f › c"])
  end)

  it("reads long first and last lines, and a file without a line's end", function()
    local long = ('{"event":"x","a":"%s"}\n'):format(("y"):rep(9000))
    local path = record(1, "aa000001", { text = long })
    assert.equal("complete", runs.find("latest").state)
    local text = fs.read(path)
    fs.write_atomic(path, (text:gsub('"args":%[%]', '"args":["' .. ("z"):rep(20000) .. '"]')))
    assert.equal("complete", runs.find("latest").state)
    fs.write_atomic(path, ("x"):rep(300000))
    assert.equal(1, #select(2, runs.list()))
  end)

  it("has a test as soon as that begins, whatever kills clnrm then", function()
    local recorder = assert(require("engine.runs.recorder").open({
      version = "0", project = "/p", cwd = "/p", command = "run", args = {}, profile = "default",
      whole = false,
    }))
    recorder:on_event({ event = "run_begin" })
    recorder:on_event({ event = "scenario_begin", id = "a" }) -- nothing is waited for
    local begun
    for e in runs.events(runs.find("latest")) do
      begun = e.event == "scenario_begin" and e.id or begun
    end
    assert.equal("a", begun)
    recorder:finish(0)
  end)

  it("tries again when there was no descriptor to write with", function()
    local recorder_module = require("engine.runs.recorder")
    local recorder = assert(recorder_module.open({
      version = "0", project = "/p", cwd = "/p", command = "run", args = {}, profile = "default",
      whole = false,
    }))
    local append, count = fs.append, 0
    fs.append = function(...)
      count = count + 1
      if count < 3 then
        return nil, { code = "EMFILE", message = "too many open files" }
      end
      return append(...)
    end
    recorder:on_event({ event = "run_begin" })
    recorder:flush()
    recorder:on_event({ event = "run_end", counts = { pass = 1 } })
    recorder:flush()
    local err = recorder:finish(0)
    fs.append = append
    assert.is_nil(err)
    local names = {}
    for e in runs.events(runs.find("latest")) do
      names[#names + 1] = e.event
    end
    assert.same({ "run_begin", "run_end", "record_end" }, names)
  end)

  it("writes what JSON cannot hold as text, and exact bytes beside a text that is none", function()
    local recorder = assert(require("engine.runs.recorder").open({
      version = "0", project = "/p", cwd = "/p", command = "run", args = {}, profile = "default",
      whole = false,
    }))
    recorder:on_event({ event = "check", actual = 0 / 0, expected = print })
    recorder:on_event({ event = "output", text = "a\xffb" })
    assert.is_nil(recorder:finish(0))
    local events = {}
    for e in runs.events(runs.find("latest")) do
      events[#events + 1] = e
    end
    assert.matches("nan", events[1].actual)
    assert.matches("^function", events[1].expected)
    assert.equal("a\xffb", events[2].text)
    assert.is_nil(events[2].base64)
  end)

  it("looks at each byte of a line that was cut off once", function()
    local long = ('{"event":"output","text":"%s'):format(("x"):rep(64 << 10))
    for i = 1, 60 do -- each more than 10 s, when each byte begins another search
      record(i, ("%08x"):format(i), { text = long, cut = true })
    end
    assert.equal(60, #runs.list())
  end)
  it("says of a record that is held that its run goes on", function()
    local path = record(1, "aa000001", { cut = true })
    local held <close> = assert(lock.try(path))
    assert.equal("running", runs.find("latest").state)
    assert.is_false((runs.remove(path)))
    held:close()
    assert.equal("incomplete", runs.find("latest").state)
    assert.is_true((runs.remove(path)))
    assert.is_nil(runs.find("latest"))
  end)

  it("does not take what a step printed for an event", function()
    record(1, "aa000001", {
      text = '{"event":"output","text":"{\\"event\\":\\"scenario_end\\",\\"id\\":\\"b\\"}"}\n'
        .. result("a", "fail"),
    })
    local results = runs.results(runs.find("latest"))
    assert.equal("fail", results["f › a"].verdict)
    assert.is_nil(results["f › b"])
  end)

  it("knows what failed last, and what a rerun of some leaves standing", function()
    record(1, "aa000001", { whole = true, text = result("old", "fail") })
    record(2, "aa000002", {
      whole = true,
      text = result("a", "fail") .. result("b", "error") .. result("c", "pass"),
    })
    record(3, "aa000003", { text = result("a", "pass") })
    record(4, "aa000004", { project = "/other", text = result("b", "pass") })
    local failed = runs.last_failed("/p")
    assert.same({ ["f › b"] = true }, failed.ids)
    assert.equal(1, failed.outstanding)
    assert.equal("aa000003", failed.run.id)
  end)

  it("knows which tests a run of everything has not reached, also one that was killed", function()
    record(1, "aa000001", { whole = true, text = result("a", "pass") .. result("b", "pass") })
    assert.is_false(runs.last_failed("/p"):is_unreached("f › z"))
    record(2, "aa000002", { whole = true, cut = true, text = result("a", "fail") })
    record(3, "aa000003", { text = result("c", "pass") })
    local failed = runs.last_failed("/p")
    assert.same({ false, true, false, true }, { failed:is_unreached("f › a"),
      failed:is_unreached("f › b"), failed:is_unreached("f › c"), failed:is_unreached("f › z") })
    assert.is_false(failed:has("f › b", "f"))
  end)

  it("knows the history of each test: failures, steadiness, times", function()
    record(1, "aa000001", { text = result("a", "fail", 30) .. result("b", "pass") })
    record(2, "aa000002", { text = result("a", "skip") .. result("b", "flaky") })
    record(3, "aa000003", { project = "/other", text = result("b", "fail") })
    record(4, "aa000004", { text = result("a", "pass", 10) })
    local histories, count = runs.histories("/p")
    assert.equal(3, count)
    assert.same({ runs = 2, failed_ago = 1, unsteady = 0.5, ms = 20.0, began_ns = 4000000000 },
      histories["f › a"])
    assert.same({ runs = 2, unsteady = 0.5, ms = 1.0, began_ns = 2000000000 }, histories["f › b"])
    assert.same({}, (runs.histories("/none")))
  end)

  it("names a test by its file as seen from the project, wherever it was run", function()
    local function of(cwd, file, fields)
      record(1, "aa000001", {
        project = dir,
        text = ('{"event":"scenario_end","id":"x","file":"%s","name":"n","verdict":"pass"%s}\n')
          :format(file, fields or ""),
      })
      local info = runs.find("latest")
      info.cwd = cwd
      return (next(runs.results(info)))
    end
    assert.equal("t/a.toml › n", of(dir, "t/a.toml"))
    assert.equal("t/a.toml › n", of(dir .. "/t", "a.toml"))
    assert.equal("t/a.toml › n", of(dir .. "/u", "../t/./a.toml"))
    assert.equal("t/a.toml › n", of("/", dir .. "/t/a.toml"))
    assert.equal("/x/a.toml › n", of(dir, "/x/a.toml"))
    assert.equal("a.toml[k=1] › n", of(dir, "a.toml", ',"cell":"k=1"'))
  end)

  it("takes the worst verdict of a test that ran more than once", function()
    record(1, "aa000001", {
      text = result("a", "pass") .. result("a", "fail") .. result("a", "pass"),
    })
    assert.equal("fail", runs.results(runs.find("latest"))["f › a"].verdict)
  end)

  it("tells the median of how long scenarios took", function()
    record(1, "aa000001", { text = result("a", "pass", 10) .. result("b", "skip", 0) })
    record(2, "aa000002", { text = result("a", "pass", 30) })
    assert.same({ ["f › a"] = 20.0 }, (runs.durations("/p")))
    record(3, "aa000003", { text = result("a", "fail", 100) })
    local ms, count = runs.durations("/p")
    assert.same({ ["f › a"] = 30 }, ms)
    assert.equal(3, count)
  end)

  it("tells how long scenarios took of one project alone, whatever its name", function()
    local json = require("core.json")
    for i, project in ipairs({ '/p "q" é\t', "/p", "/p/q" }) do
      record(i, ("aa00000%d"):format(i), {
        project = json.encode(project):sub(2, -2), text = result("a", "pass", i),
      })
    end
    for i, project in ipairs({ '/p "q" é\t', "/p", "/p/q" }) do
      local ms, count = runs.durations(project)
      assert.same({ 1, i }, { count, select(2, next(ms)) }, project)
    end
    assert.same({}, (runs.durations("/")))
  end)

  it("removes the oldest beyond each limit, and nothing whose run goes on", function()
    local paths = {}
    for i = 1, 5 do
      paths[i] = record(i, ("aa00000%d"):format(i), {})
    end
    local held <close> = assert(lock.try(paths[1]))
    store.prune({ runs = 3 })
    assert.is_true(fs.exists(paths[1]))
    assert.is_false(fs.exists(paths[2]))
    assert.is_true(fs.exists(paths[3]))
    held:close()
    store.prune({ bytes = 2 * fs.stat(paths[5]).size })
    assert.is_false(fs.exists(paths[3]))
    assert.is_true(fs.exists(paths[4]))
    assert.is_true(fs.exists(paths[5]))
    assert(os.execute(("touch -d '31 days ago' '%s'"):format(paths[4])))
    store.prune()
    assert.is_false(fs.exists(paths[4]))
    assert.is_true(fs.exists(paths[5]))
  end)

  it("leaves pruning to another who does it", function()
    local path = record(1, "aa000001", {})
    local held <close> = assert(lock.try(dir .. "/clnrm/runs/.prune"))
    assert.same({}, (store.prune({ runs = 0 })))
    assert.is_true(fs.exists(path))
    held:close()
    store.prune({ runs = 0 })
    assert.is_false(fs.exists(path))
  end)

  it("makes its directory for this user alone, also when it was open to others", function()
    assert(fs.mkdir_p(dir .. "/clnrm/runs", { mode = 511 }))
    fs.chmod(dir .. "/clnrm/runs", 511)
    local made = assert(store.create(function(id)
      return HEADER:format(id, "/p", "false", 1, 1)
    end))
    assert.equal(448, fs.stat(dir .. "/clnrm/runs").mode)
    assert.equal(384, fs.stat(made.path).mode)
    made.lock:close()
  end)

  it("does not follow a link at the place of its directory", function()
    assert(fs.mkdir_p(dir .. "/clnrm"))
    assert(fs.symlink(dir .. "/clnrm/runs", "/tmp"))
    local made, err = store.create(function()
      return "x\n"
    end)
    assert.is_nil(made)
    assert.matches("not a directory", err.message)
  end)

  it("does not follow a link at the place of the folder above it", function()
    assert(fs.mkdir_p(dir .. "/elsewhere"))
    assert(fs.symlink(dir .. "/clnrm", dir .. "/elsewhere"))
    local made, err = store.create(function()
      return "x\n"
    end)
    assert.is_nil(made)
    assert.matches("/clnrm is not a directory, but a link, which is not followed", err.message)
    assert.same({}, fs.scandir(dir .. "/elsewhere"))
  end)

  it("gives each record a number and an id of its own", function()
    local seen = {}
    for i = 1, 5 do
      local made = assert(store.create(function(id)
        return HEADER:format(id, "/p", "false", 1, 1)
      end))
      seen[i] = made
      assert.matches(("0000000%d%%-%s.ndjson$"):format(i, made.id), made.path)
    end
    assert.equal(5, #(runs.list()))
    for _, made in ipairs(seen) do
      made.lock:close()
    end
  end)
end)
