local find = require("engine.snapshot.find")
local form = require("engine.snapshot.form")
local fs = require("core.fs")
local store = require("engine.snapshot.store")

local PATH = "snapshots/a.clnrm.toml/t/n.snap"

describe("stored snapshots", function()
  local top, root

  local function snapshot(text)
    return { file = "a.clnrm.toml", test = "t", name = "n", of = "stdout", line = 3, run = "12",
      text = text }
  end

  before_each(function()
    top = assert(fs.realpath(assert(fs.tempdir())))
    root = assert(store.open(top))
  end)
  after_each(function()
    root:close()
    assert(fs.remove_tree(top))
  end)

  it("are pending first, and what is accepted says no line and no run", function()
    assert(store.write_pending(root, PATH, snapshot("one\n")))
    local _, err = store.read(root, PATH)
    assert.equal("ENOENT", err.code)
    assert(store.accept(root, PATH))
    local stored = assert(store.read(root, PATH))
    assert.same({ "one\n" }, { stored.text, stored.line, stored.run })
    assert.is_nil(fs.lstat(top .. "/" .. PATH .. ".new"))
  end)

  it("are replaced when accepted, and kept when rejected", function()
    for _, text in ipairs({ "one\n", "two\n" }) do
      assert(store.write_pending(root, PATH, snapshot(text)))
      assert(store.accept(root, PATH))
      assert.equal(text, store.read(root, PATH).text)
    end
    assert(store.write_pending(root, PATH, snapshot("three\n")))
    assert(store.reject(root, PATH))
    assert.equal("two\n", store.read(root, PATH).text)
  end)

  it("leave no empty folder when the last is rejected or removed", function()
    assert(store.write_pending(root, PATH, snapshot("one\n")))
    assert(store.reject(root, PATH))
    assert.same({}, fs.scandir(top))
  end)

  it("are never read or written through a link", function()
    assert(fs.mkdir_p(top .. "/snapshots/a.clnrm.toml/t"))
    assert(fs.write_atomic(top .. "/secret", form.print(snapshot("of another\n"))))
    assert(fs.symlink(top .. "/" .. PATH, top .. "/secret"))
    local got, err = store.read(root, PATH)
    assert.is_nil(got)
    assert.matches("link", err.message)
    assert(fs.remove(top .. "/" .. PATH))
    assert(fs.remove(top .. "/snapshots/a.clnrm.toml/t"))
    assert(fs.mkdir_p(top .. "/elsewhere"))
    assert(fs.symlink(top .. "/snapshots/a.clnrm.toml/t", "../../elsewhere"))
    local ok
    ok, err = store.write_pending(root, PATH, snapshot("x\n"))
    assert.is_nil(ok)
    assert.matches("link", err.message)
    assert.same({}, fs.scandir(top .. "/elsewhere"))
  end)

  it("replace and remove nothing that is no snapshot", function()
    local mine = "my own notes\n"
    for _, path in ipairs({ PATH, PATH .. ".new" }) do
      assert(fs.mkdir_p(top .. "/snapshots/a.clnrm.toml/t"))
      assert(fs.write_atomic(top .. "/" .. path, mine))
    end
    assert.is_nil((store.write_pending(root, PATH, snapshot("x\n"))))
    assert.is_nil((store.reject(root, PATH)))
    assert.is_nil((store.remove(root, PATH)))
    assert(fs.write_atomic(top .. "/" .. PATH .. ".new", form.print(snapshot("x\n"))))
    assert.is_nil((store.accept(root, PATH)))
    assert.equal(mine, fs.read(top .. "/" .. PATH))
  end)

  it("are found below a folder, with what is pending and what is broken", function()
    assert(fs.mkdir_p(top .. "/deep/er"))
    local deep = assert(store.open(top .. "/deep/er"))
    assert(store.write_pending(deep, PATH, snapshot("x\n")))
    deep:close()
    assert(store.write_pending(root, PATH, snapshot("y\n")))
    assert(store.accept(root, PATH))
    assert(fs.write_atomic(top .. "/snapshots/a.clnrm.toml/t/broken.snap", "no\n"))
    assert(fs.write_atomic(top .. "/snapshots/readme.md", "not a snapshot\n"))
    assert(fs.symlink(top .. "/snapshots/link", "a.clnrm.toml"))
    local list = find.below(top, top)
    local got = {}
    for i, one in ipairs(list) do
      got[i] = ("%s %s %s"):format(one.shown, one.stored and "stored" or one.pending and "pending"
        or "-", one.problem and "broken" or "")
    end
    assert.same({
      "deep/er/" .. PATH .. " pending ",
      "snapshots/a.clnrm.toml/t/broken.snap - broken",
      PATH .. " stored ",
    }, got)
    assert.equal(top .. "/deep/er/a.clnrm.toml", list[1].source)
  end)

  it("are not taken for none where a folder cannot be read", function()
    assert(store.write_pending(root, PATH, snapshot("y\n")))
    local scandir, folder = fs.scandir, top .. "/snapshots/a.clnrm.toml"
    rawset(fs, "scandir", function(path)
      if path == folder then
        return nil, require("core.error").new({ code = "EACCES", op = "x", message = "denied" })
      end
      return scandir(path)
    end)
    local ok, list, _, unreadable = pcall(find.below, top, top)
    rawset(fs, "scandir", scandir)
    assert.is_true(ok, list)
    assert.same({}, list)
    assert.same({ folder }, unreadable)
    assert.same({}, (select(3, find.below(top, top))))
  end)
end)
