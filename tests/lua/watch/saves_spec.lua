--- A save, as editors do it, is one change, however fast or slowly it is done: the sequences of the
--- corpus editor-saves, and some of our own.
local changes = require("engine.watch.changes")
local clock = require("core.clock")
local contents = require("engine.watch.contents")
local fs = require("core.fs")
local json = require("core.json")
local task = require("core.task")
local temporary = require("engine.watch.temporary")
local watch = require("core.watch")

local CORPORA = os.getenv("CLNRM_CORPORA") or ""
local LATE_MS = 20 -- that a call may be late without parting a save
local GAPS_MS = { 0, 1, 5, 20, 60 } -- between two system calls of an editor
local END_MS = 750 -- without a change: longer than any wait for writers
local AGAIN = 20 -- times that a save is played whose editor stood still
local DEADLINE_MS = 60000

local FILE = "dir/t.clnrm.toml"
local OLD, NEW = ("old\n"):rep(20), ("new\n"):rep(20)

--- What the operations of the corpus are; `at` is where its files are.
local Editor = {}
Editor.__index = Editor

function Editor:handle(name)
  return assert(self.open[name], name)
end

local operations = {}

function operations.create(editor, name)
  editor.open[name] = assert(io.open(editor.at .. name, "w"))
end

operations.truncate = operations.create

local function write(editor, name, text)
  assert(editor:handle(name):write(text)):flush()
end

function operations.write(editor, name)
  editor.saves = editor.saves + 1
  write(editor, name, NEW .. editor.saves)
end

operations["write-same"] = function(editor, name)
  write(editor, name, OLD)
end

operations["write-half"] = function(editor, name)
  write(editor, name, NEW:sub(1, #NEW // 2))
end

operations["write-rest"] = function(editor, name)
  write(editor, name, NEW:sub(#NEW // 2 + 1))
end

function operations.close(editor, name)
  editor:handle(name):close()
  editor.open[name] = nil
end

function operations.rename(editor, names)
  local from, to = names:match("^(.*)>(.*)$")
  local above = from:find("^dir") and editor.root or editor.at
  assert(os.rename(above .. from, above .. to))
end

function operations.unlink(editor, name)
  if editor.open[name] then -- a swap file of an editor that ends
    operations.close(editor, name)
  end
  assert(os.remove(editor.at .. name))
end

function operations.symlink(editor, name)
  assert(fs.symlink(editor.at .. name, "nobody@nowhere.1:1"))
end

function operations.chmod(editor, name)
  assert(fs.chmod(editor.at .. name, 384))
end

function operations.pause(_, time)
  task.sleep(tonumber(time:match("^(%d+)ms$")))
end

--- Counts where a busy machine, not the editor, has put two calls apart: what follows may rightly
--- be taken for a save of its own, and what was written before for all of it.
local function count_stall(editor, gap)
  local now = clock.now()
  local late_ms = editor.last_ns and (now - editor.last_ns) / 1000000 - gap or 0
  if late_ms > LATE_MS then
    editor.stalls = editor.stalls + 1
  end
  editor.has_stood = editor.has_stood or late_ms > changes.OPEN_MS / 2
  editor.last_ns = now
end

local function perform(editor, op, gap)
  local count, repeated = op:match("^repeat (%d+): (.*)$")
  if count then
    for _ = 1, count do
      for one in repeated:gmatch("[^,]+") do
        perform(editor, one:find("^pause") and one or one .. " t.clnrm.toml", 0)
      end
    end
    return
  end
  local verb, rest = op:match("^(%S+) ?(.*)$")
  -- the corpus leaves out what opens a file that stood there after its folder was moved
  if verb == "write" and not editor.open[rest] then
    operations.truncate(editor, rest)
  end
  local pause = verb == "pause" and tonumber(rest:match("%d+")) or 0
  operations[verb](editor, rest)
  count_stall(editor, math.max(pause, editor.gap_ms))
  editor.gap_ms = gap
  if gap > 0 then
    task.sleep(gap)
  end
end

--- Plays a save and returns what each run would have read, the text in the end, and the editor.
local function play(ops, gap)
  local root = os.tmpname()
  os.remove(root)
  assert(fs.mkdir_p(root .. "/dir/.git"))
  local path = root .. "/" .. FILE
  assert(fs.write_atomic(path, OLD))
  assert(fs.write_atomic(root .. "/dir/.git/index", ""))
  local w <close> = assert(watch.open({ skip = temporary.FOLDERS, poll_ms = 20 }))
  assert(w:add(root))
  local known = contents.new()
  known:note(path)
  local marker = root .. "/over" -- what was saved before is told with it, if not sooner
  local reader = changes.new(w, { is_input = function(one)
    return one == path or path:sub(1, #one + 1) == one .. "/" or one == marker
  end })
  local runs, told = {}, 0
  local editor = setmetatable({ root = root .. "/", at = root .. "/dir/", open = {}, saves = 0,
    stalls = 0, gap_ms = 0 }, Editor)
  local saving = task.spawn(function()
    local ok, err = pcall(function()
      for _, op in ipairs(ops) do
        perform(editor, op, gap)
      end
    end)
    local seen
    repeat
      seen = told
      task.sleep(END_MS)
    until told == seen
    assert(fs.write_atomic(marker, ""))
    return ok, err
  end)
  local is_over = false
  while not is_over do
    local change = assert(task.timeout(DEADLINE_MS, reader.next, reader))
    told = told + 1
    for _, one in ipairs(change.written) do
      is_over = is_over or one == marker
    end
    if fs.exists(path) and known:differs(path) then
      runs[#runs + 1] = assert(fs.read(path))
    end
  end
  assert(saving:join())
  local last = fs.exists(path) and fs.read(path)
  fs.remove_tree(root)
  return runs, last, editor
end

local function check(case, gap)
  local runs, last, editor = play(case.ops, gap)
  local times = 1
  while editor.has_stood do -- it has left a half to be read
    assert(times < AGAIN, "the machine is too slow for an editor")
    runs, last, editor = play(case.ops, gap)
    times = times + 1
  end
  local most = case.note and case.note:find("1 or 2 runs") and 2 or case.expect
  most = most > 0 and most + editor.stalls or 0
  assert.is_true(#runs >= case.expect and #runs <= most,
    ("%s, %d ms apart: %d runs"):format(case.editor, gap, #runs))
  for _, text in ipairs(runs) do
    assert.equal(NEW, text:sub(1, #NEW), case.editor) -- never the empty file, never the half
  end
  assert.equal(runs[#runs] or last, last, case.editor)
end

describe("a save", function()
  for _, gap in ipairs(GAPS_MS) do
    it(("of each editor of the corpus is one change, %d ms between its calls"):format(gap),
      function()
        local text = fs.read(CORPORA .. "/editor-saves/saves.json")
        if not text then
          return pending("the corpus editor-saves is not here (CLNRM_CORPORA)")
        end
        local waiting = {}
        for i, case in ipairs(assert(json.decode(text)).cases) do
          waiting[i] = task.spawn(function()
            check(case, gap)
            return true
          end)
        end
        for _, one in ipairs(waiting) do
          assert(one:join())
        end
      end)
  end

  it("in the place of the file, in two writes, is one change", function()
    check({ editor = "two writes", expect = 1, ops = { "truncate t.clnrm.toml",
      "write-half t.clnrm.toml", "pause 60ms", "write-rest t.clnrm.toml",
      "close t.clnrm.toml" } }, 0)
  end)

  it("is not half of the file when its mode is changed meanwhile", function()
    check({ editor = "mode", expect = 1, ops = { "truncate t.clnrm.toml",
      "write-half t.clnrm.toml", "chmod t.clnrm.toml", "pause 60ms", "write-rest t.clnrm.toml",
      "close t.clnrm.toml" } }, 0)
  end)

  it("of the same bytes is none", function()
    check({ editor = "same", expect = 0, ops = { "truncate t.clnrm.toml",
      "write-same t.clnrm.toml", "close t.clnrm.toml" } }, 0)
  end)

  it("again and again is one change or two", function()
    check({ editor = "storm", expect = 1, note = "1 or 2 runs",
      ops = { "repeat 50: truncate,write,close,pause 5ms" } }, 0)
  end)
end)

describe("engine.watch.changes", function()
  it("reads all that has happened before it tells, however late it comes to it", function()
    local root = os.tmpname()
    os.remove(root)
    local path = root .. "/a"
    assert(fs.mkdir_p(root))
    assert(fs.write_atomic(path, OLD))
    local w <close> = assert(watch.open())
    assert(w:add(root))
    local reader = changes.new(w)
    local reading = task.spawn(reader.next, reader)
    os.remove(path)
    task.sleep(20) -- it knows that
    local began = clock.now()
    repeat -- this process stands still for longer than a removed file is waited for
      local stood = clock.now() - began
    until stood > (changes.REMOVED_MS + 20) * 1000000
    local f = assert(io.open(path, "w"))
    task.sleep(20)
    f:write(NEW):close()
    local change = assert(reading:join())
    fs.remove_tree(root)
    assert.same({ { path }, {} }, { change.written, change.removed })
  end)

  it("tells what is still open after a while, and lets no writer starve the rest", function()
    local root = os.tmpname()
    os.remove(root)
    assert(fs.mkdir_p(root))
    local w <close> = assert(watch.open())
    assert(w:add(root))
    local reader = changes.new(w)
    local log = assert(io.open(root .. "/log", "w"))
    local writing = task.spawn(function()
      local i = 0
      repeat
        i = i + 1
        log:write(i):flush()
      until not task.sleep(50)
    end)
    assert(fs.write_atomic(root .. "/a", "x"))
    local change = assert(task.timeout(DEADLINE_MS, reader.next, reader))
    assert.same({ root .. "/a", root .. "/log" }, change.written)
    writing:cancel()
    writing:join()
    log:close()
    fs.remove_tree(root)
  end)

  it("waits for no noise, and tells it for all that", function()
    local count, at = 0, nil
    local reader = changes.new({ next = function()
      if not task.sleep(20) then
        return nil, { code = "ETIMEDOUT" }
      end
      count = count + 1
      at = count == 5 and count or at
      return { { kind = count % 2 == 0 and "written" or "modified", path = "/log" },
        count == 5 and { kind = "written", path = "/a" } or nil }
    end }, { is_input = function()
      return true
    end, is_noise = function(path)
      return path == "/log"
    end })
    assert.same({ "/a", "/log" }, reader:next().written)
    assert.is_true(count - at <= 2, count - at)
    assert.same({ "/log" }, reader:next().written)
  end)

  it("tells slow saves that do not end while they come", function()
    local count = 0
    local reader = changes.new({ next = function()
      if not task.sleep(changes.PERSON_MS + 10) then
        return nil, { code = "ETIMEDOUT" }
      end
      count = count + 1
      return { { kind = "written", path = "/a" .. count } }
    end })
    for _ = 1, changes.PERSON_SAVES + 2 do
      assert.is_true(#reader:next().written <= changes.MAX_MS // changes.PERSON_MS + 1)
    end
  end)

  it("waits as long as it is told to", function()
    local given = {}
    local fake = { next = function()
      given[#given + 1] = true
      if #given <= 3 then
        task.sleep(10)
        return { { kind = "written", path = "/a" .. #given } }
      end
      return task.sleep(10000)
    end }
    local reader = changes.new(fake, { debounce_ms = 60 })
    assert.same({ "/a1", "/a2", "/a3" }, reader:next().written)
  end)

  it("waits as long as it is told to after a person's saves, and when that is long", function()
    local given, last_ns = 0, 0
    local fake = { next = function()
      given = given + 1
      if given <= 2 then
        task.sleep(150)
        last_ns = clock.now()
        return { { kind = "written", path = "/a" .. given } }
      end
      return task.sleep(10000)
    end }
    local reader = changes.new(fake, { debounce_ms = function()
      return 2100
    end })
    assert.same({ "/a1", "/a2" }, reader:next().written)
    assert.is_true(clock.now() - last_ns >= 2100 * 1000000)
  end)

  it("knows files that look like an editor's own by the texts that name them", function()
    local told = {}
    temporary.collect(told, 'cp a/x.tmp "b c.bak"\n~/d.orig, é.rej x.tmp.old /' .. ("y"):rep(254)
      .. "~")
    for name, is_told in pairs({
      ["x.tmp"] = true, ["b c.bak"] = true, ["c.bak"] = true, ["d.orig"] = true,
      ["é.rej"] = true, [("y"):rep(254) .. "~"] = true,
      ["z.tmp"] = false, ["a.bak"] = false, ["xx.tmp"] = false, ["x.rej"] = false,
      ["a/x.tmp"] = false,
    }) do
      assert.equal(is_told, temporary.is_in(told, name), name)
    end
  end)
end)
