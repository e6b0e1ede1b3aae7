--- The review of snapshots at a real terminal, with real keys.
local support = dofile("tests/e2e/support.lua")

local ROOT = os.getenv("CLNRM_ROOT")

local function scenario(name)
  return ([==[
[[scenario]]
name = "%s"
[[scenario.steps]]
name = "s"
command = ["echo", "WORD %s"]
expect.stdout.snapshot = "out"
]==]):format(name, name)
end

local NAMES = { "a", "b", "c", "d" }

describe("the review of snapshots", function()
  local dir

  local function write(word)
    local text = '[meta]\nname = "t"\n'
    for _, name in ipairs(NAMES) do
      text = text .. scenario(name):gsub("WORD", word)
    end
    support.write(dir .. "/t.clnrm.toml", text)
  end

  --- Presses keys, each when the text before it is shown; what the terminal got.
  local function press(keys, argv, env)
    local words = { "python3", ROOT .. "/tests/tools/press.py" }
    for _, word in ipairs(keys) do
      words[#words + 1] = support.quote(word)
    end
    words[#words + 1] = "-- " .. support.quote(support.clnrm) .. " " .. argv
    return support.sh(table.concat(words, " "), { cwd = dir, env = env, deadline_s = 90 })
  end

  local function state()
    local list = {}
    for _, name in ipairs(NAMES) do
      local path = ("%s/snapshots/t.clnrm.toml/%s/out.snap"):format(dir, name)
      local stored, pending = support.read(path), support.read(path .. ".new")
      list[#list + 1] = (stored and stored:match("\n(%w+) %w\n$") or "-")
        .. (pending and ":" .. (pending:match("\n(%w+) %w\n$") or "?") or "")
    end
    return table.concat(list, " ")
  end

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    write("old")
    support.run({ "run", "-q" }, { cwd = dir })
    support.run({ "snapshots", "accept" }, { cwd = dir })
    write("new")
    support.run({ "run", "-q" }, { cwd = dir })
    assert.equal("old:new old:new old:new old:new", state())
  end)
  after_each(function()
    support.remove(dir)
  end)

  it("shows each with its place and changes, and does what the keys say", function()
    local got = press({ "[1/4]", "a", "[2/4]", "r", "[3/4]", "s", "[4/4]", "q" },
      "snapshots review")
    assert.equal(0, got.code, got.out)
    assert.equal("new old old:new old:new", state())
    assert.matches("Reviewing %[1/4%] t%.clnrm%.toml › a › out", got.out)
    assert.matches("t%.clnrm%.toml:8        run %x+        2 lines changed", got.out)
    assert.matches("1      │%-old a", got.out)
    assert.matches("        1 │%+new a", got.out)
    assert.matches("1 accepted, 1 rejected, 2 still pending", got.out)
  end)

  it("takes Enter, Esc and Space for accept, reject and skip, and no arrow for Esc", function()
    local got = press({ "[1/4]", "\\r", "[2/4]", "\\x1b[A", "[2/4]", "\\x1b", "[3/4]", " ", "[4/4]",
      "q" }, "snapshots review")
    -- the arrow paints the same once more
    assert.equal(0, got.code, got.out)
    assert.equal("new old old:new old:new", state())
  end)

  it("applies capitals to all that remain", function()
    for key, want in pairs({ A = "old new new new", R = "old old old old",
      S = "old old:new old:new old:new" }) do
      support.run({ "run", "-q" }, { cwd = dir })
      press({ "[1/", "r", "[2/", key }, "snapshots review")
      assert.equal(want, state(), key)
      write("old")
      support.run({ "run", "-q" }, { cwd = dir })
      support.run({ "snapshots", "accept" }, { cwd = dir })
      write("new")
    end
  end)

  it("shows information, all of the text, and words", function()
    local got = press({ "[1/4]", "i", "stored", "d", "1 │ new a", "d", "-old a", "w", "^^^", "q" },
      "snapshots review")
    assert.equal(0, got.code, got.out)
    assert.matches("bytes  .-6, were 6", got.out)
  end)

  it("edits what would be accepted, and opens the test", function()
    local editor = dir .. "/editor"
    support.write(editor, '#!/bin/sh\necho "EDITOR $@"\ncase "$1" in *.new) '
      .. "sed -i s/new/edited/ \"$1\";; esac\n")
    os.execute("chmod +x " .. editor)
    local got = press({ "[1/4]", "o", "EDITOR +8", "x", "[1/4]", "e", "+edited a", "a", "[2/4]",
      "q" }, "snapshots review", { EDITOR = editor, VISUAL = "" })
    assert.equal(0, got.code, got.out)
    assert.matches("EDITOR %+8 %S+t%.clnrm%.toml", got.out)
    assert.equal("edited old:new old:new old:new", state())
  end)

  it("does not accept what an editor has broken", function()
    local editor = dir .. "/editor"
    support.write(editor, "#!/bin/sh\necho broken >\"$1\"\n")
    os.execute("chmod +x " .. editor)
    local got = press({ "[1/4]", "e", "cannot be used", "a", "[2/4]", "q" }, "snapshots review",
      { EDITOR = editor })
    assert.equal(6, got.code, got.out)
    assert.equal("old", state():match("^%w+"))
  end)

  it("accepts nothing that was written anew since it was shown", function()
    local editor = dir .. "/editor"
    support.write(editor, ("#!/bin/sh\nsed -i s/new/other/ %s/snapshots/t.clnrm.toml/[ab]/*.new\n")
      :format(dir))
    os.execute("chmod +x " .. editor)
    local got = press({ "[1/4]", "o", "[1/4]", "a", "written anew", "a", "[2/4]", "a",
      "written anew", "s", "[3/4]", "q" }, "snapshots review", { EDITOR = editor })
    assert.equal(0, got.code, got.out)
    assert.equal("other old:other old:new old:new", state())
  end)

  it("accepts all that remain as they were shown or not at all", function()
    local editor = dir .. "/editor"
    support.write(editor, ("#!/bin/sh\nsed -i s/new/other/ %s/snapshots/t.clnrm.toml/[bd]/*.new\n")
      :format(dir))
    os.execute("chmod +x " .. editor)
    local got = press({ "[1/4]", "o", "[1/4]", "A", "written anew", "q" }, "snapshots review",
      { EDITOR = editor })
    assert.equal(0, got.code, got.out)
    assert.equal("new old:other old:new old:other", state())
  end)

  it("tells at its end what could not be done", function()
    local editor = dir .. "/editor"
    support.write(editor, "#!/bin/sh\necho broken >\"$1\"\n")
    os.execute("chmod +x " .. editor)
    local got = press({ "[1/4]", "e", "cannot be used", "a", "[2/4]", "q" }, "snapshots review",
      { EDITOR = editor })
    assert.matches("3 still pending, 1 failed.*it is no snapshot", got.out)
  end)

  it("comes behind a run that asks for it, about what that run has left", function()
    local got = press({ "[1/4]", "A" }, "run --review")
    assert.equal(1, got.code, got.out) -- what the run has said stays
    assert.equal("new new new new", state())
    assert.equal(0, support.run({ "run" }, { cwd = dir }).code)
  end)

  it("comes behind a comparison of runs, about what the second one has left", function()
    local env = { XDG_STATE_HOME = dir .. "/.state" }
    for _ = 1, 2 do
      support.run({ "run", "-q" }, { cwd = dir, env = env })
    end
    local got = press({ "[1/4]", "a", "[2/4]", "q" }, "diff latest~1 latest --review", env)
    assert.equal(0, got.code, got.out)
    assert.equal("new old:new old:new old:new", state())
    got = press({}, "diff latest latest~1 --review", env)
    assert.matches("run %x+ has left no pending snapshot", got.out)
  end)

  it("comes behind a comparison of a snapshot with its pending one", function()
    local path = "snapshots/t.clnrm.toml/b/out.snap"
    local got = press({ "[1/1]", "a" }, ("diff %s --review"):format(path))
    assert.equal(1, got.code, got.out)
    assert.matches("1 line added · 1 removed.*%[1/1%]", got.out)
    assert.equal("old:new new old:new old:new", state())
    got = press({}, ("diff %s %s --review"):format(path, path))
    assert.equal(2, got.code)
    assert.matches("asks about the pending one", got.out)
    assert.matches("of runs and of snapshots", press({}, "diff clnrm.toml clnrm.toml --review").out)
  end)

  it("is no comparison with what somebody would have to type", function()
    local got = press({}, "diff - clnrm.toml")
    assert.equal(2, got.code, got.out)
    assert.matches("that is a terminal", got.out)
  end)

  it("is refused without a terminal, with the other ways", function()
    for _, argv in ipairs({ { "snapshots", "review" }, { "run", "--review" },
      { "diff", "latest", "latest", "--review" } }) do
      local got = support.run(argv, { cwd = dir })
      assert.equal(2, got.code)
      assert.equal("", got.out)
      for _, way in ipairs({ "list", "accept", "accept PATH", "reject", "--only GLOB" }) do
        assert.is_truthy(got.err:find(way, 1, true), way)
      end
    end
    assert.equal("old:new old:new old:new old:new", state())
  end)

  it("is refused at a terminal with --no-input, wherever that stands", function()
    for _, argv in ipairs({ "snapshots review --no-input", "--no-input snapshots review",
      "run --review --no-input", "diff latest latest --review --no-input" }) do
      local got = press({}, argv)
      assert.equal(2, got.code, got.out)
      assert.matches("snapshots accept PATH", got.out)
      assert.equal("old:new old:new old:new old:new", state())
    end
  end)

  it("shows nothing that would be a command to the terminal", function()
    support.write(dir .. "/t.clnrm.toml", (scenario("a"):gsub('%["echo", "WORD a"%]',
      [["printf '\\033]0;title\\007\\033[2Jx\\n'"]])):gsub("^", '[meta]\nname = "t"\n'))
    support.run({ "run", "-q" }, { cwd = dir })
    local got = press({ "[1/4]", "q" }, "snapshots review")
    assert.is_nil(got.out:find("\27]", 1, true))
    assert.is_nil(got.out:find("\7", 1, true))
    assert.is_truthy(got.out:find("␛]0;title", 1, true))
  end)
end)
