local discover = require("engine.discover")
local fs = require("core.fs")
local ignore = require("engine.discover.ignore")

local top

--- Makes files (and the folders above them) below the test's own folder.
local function make(files)
  for name, content in pairs(files) do
    local folder = name:match("^(.*)/")
    if folder then
      assert(fs.mkdir_p(top .. "/" .. folder))
    end
    assert(fs.write_atomic(top .. "/" .. name, content, { sync = false }))
  end
end

--- Finds, and lists the files without the name of the test's folder.
local function find(...)
  local paths = {}
  for i, path in ipairs({ ... }) do
    paths[i] = (path == "." and top or top .. "/" .. path)
  end
  local list, problems = discover.find(paths)
  if not list then
    return nil, problems
  end
  local names = {}
  for i, entry in ipairs(list) do
    assert.equal("/", entry.path:sub(1, 1))
    names[i] = entry.file:sub(#top + 2)
  end
  return names
end

local function shell(...)
  assert(os.execute(("cd '%s' && "):format(top) .. (...):format(select(2, ...))))
end

describe("engine.discover", function()
  before_each(function()
    top = assert(fs.realpath(assert(fs.tempdir())))
  end)
  after_each(function()
    assert(fs.remove_tree(top))
  end)

  it("finds the four names in folders, sorted, and nothing else", function()
    make({
      ["b.clnrm.toml"] = "",
      ["a.toml.tera"] = "",
      ["c.clnrm.toml.tera"] = "",
      ["sub/deep/d.clnrm.lua"] = "",
      ["sub/a.clnrm.toml"] = "",
      ["plain.toml"] = "",
      ["clnrm.toml"] = "",
      ["x.lua"] = "",
      [".hidden.clnrm.toml"] = "",
      ["_macros.toml.tera"] = "",
      [".git/x.clnrm.toml"] = "",
      [".clnrm/x.clnrm.toml"] = "",
      [".github/x.clnrm.toml"] = "",
    })
    assert.same({
      ".github/x.clnrm.toml", "a.toml.tera", "b.clnrm.toml", "c.clnrm.toml.tera",
      "sub/a.clnrm.toml", "sub/deep/d.clnrm.lua",
    }, find("."))
  end)

  it("takes any .toml, .tera or .lua that is named, ignored or not", function()
    make({ [".gitignore"] = "*", ["a.toml"] = "", ["b.tera"] = "", ["c.lua"] = "", ["d.txt"] = "" })
    assert.same({ "c.lua", "a.toml", "b.tera" }, find("c.lua", "a.toml", "b.tera"))
    local list, problems = find("d.txt")
    assert.is_nil(list)
    assert.equal("E007", problems[1].code)
  end)

  it("names files as the user would", function()
    make({ ["t/a.clnrm.toml"] = "", ["t/s/b.clnrm.toml"] = "" })
    local back = assert(fs.getcwd())
    finally(function()
      assert(fs.chdir(back))
    end)
    assert(fs.chdir(top))
    local function files(path)
      local names = {}
      for i, entry in ipairs(assert(discover.find({ path }))) do
        names[i] = entry.file
        assert.equal(top .. "/", entry.path:sub(1, #top + 1))
      end
      return names
    end
    assert.same({ "t/a.clnrm.toml", "t/s/b.clnrm.toml" }, files("."))
    assert.same({ "t/a.clnrm.toml", "t/s/b.clnrm.toml" }, files("t"))
    assert.same({ "t/a.clnrm.toml", "t/s/b.clnrm.toml" }, files("t//"))
    assert.same({ "./t/a.clnrm.toml", "./t/s/b.clnrm.toml" }, files("./t"))
    assert.same({ "t/../t/a.clnrm.toml" }, files("t/../t/a.clnrm.toml"))
  end)

  it("lists each file once, whatever ways lead to it", function()
    make({ ["t/a.clnrm.toml"] = "" })
    assert.same({ "t/a.clnrm.toml" }, find("t/a.clnrm.toml", "t", ".", "t/../t/a.clnrm.toml"))
  end)

  it("follows links and cuts their loops", function()
    make({ ["real/a.clnrm.toml"] = "", ["other/b.clnrm.toml"] = "" })
    shell("ln -s .. real/up; ln -s real z; ln -s real aa")
    shell("ln -s ../other/b.clnrm.toml real/l.clnrm.toml")
    assert.same({ "other/b.clnrm.toml", "real/a.clnrm.toml", "real/l.clnrm.toml" }, find("."))
    assert.same({ "aa/a.clnrm.toml", "aa/l.clnrm.toml", "aa/up/other/b.clnrm.toml" }, find("aa"))
  end)

  it("lists what has a test's name but is no file, so that it becomes an error", function()
    shell("ln -s nowhere x.clnrm.toml; mkfifo y.clnrm.toml; mkdir z.clnrm.toml")
    assert.same({ "x.clnrm.toml", "y.clnrm.toml" }, find("."))
  end)

  it("bears any name: newline, blank, dash, star, 255 bytes, bytes that are not UTF-8", function()
    local names = {
      "-rf.clnrm.toml", "a b.clnrm.toml", "new\nline.clnrm.toml", "star*.clnrm.toml",
      ("x"):rep(255 - 11) .. ".clnrm.toml", "\240\159\152\128.clnrm.toml", "\255\254.clnrm.toml",
    }
    local files = {}
    for _, name in ipairs(names) do
      files[name] = ""
    end
    make(files)
    assert.same(names, find("."))
  end)

  it("keeps to .gitignore and .clnrmignore on the way down, and of the repository above", function()
    make({
      [".git/HEAD"] = "",
      [".gitignore"] = "out/\n*.tmp.clnrm.toml\n/top.clnrm.toml\nt/skip.clnrm.toml\n",
      ["t/.clnrmignore"] = "slow/**\n!keep.tmp.clnrm.toml\n",
      ["out/a.clnrm.toml"] = "",
      ["t/out/a.clnrm.toml"] = "",
      ["t/a.tmp.clnrm.toml"] = "",
      ["t/keep.tmp.clnrm.toml"] = "",
      ["t/skip.clnrm.toml"] = "",
      ["t/s/skip.clnrm.toml"] = "",
      ["t/top.clnrm.toml"] = "",
      ["t/slow/x.clnrm.toml"] = "",
      ["top.clnrm.toml"] = "",
    })
    local expected = { "t/keep.tmp.clnrm.toml", "t/s/skip.clnrm.toml", "t/top.clnrm.toml" }
    assert.same(expected, find("."))
    assert.same(expected, find("t"))
    assert.same({ "out/a.clnrm.toml" }, find("out")) -- asked for by name
  end)

  it("says what is wrong with a path, and what may have been meant", function()
    make({ ["tests/hello.clnrm.toml"] = "" })
    shell("mkfifo pipe.toml")
    local _, problems = find("tests/helo.clnrm.toml", "test", "pipe.toml",
      "tests/hello.clnrm.toml/x")
    assert.equal("E001", problems[1].code)
    assert.equal(("did you mean %s/tests/hello.clnrm.toml?"):format(top), problems[1].help)
    assert.equal(("did you mean %s/tests?"):format(top), problems[2].help)
    assert.equal("E002", problems[3].code)
    assert.equal("not a regular file: a FIFO", problems[3].message)
    assert.equal("E001", problems[4].code)
    _, problems = discover.find({ "/dev/zero", "--nope", "" })
    assert.equal("not a regular file: a device", problems[1].message)
    assert.matches("behind %-%-", problems[2].help)
    assert.equal("E001", problems[3].code)
  end)

  it("says that a folder holds no test", function()
    make({ ["plain.toml"] = "" })
    local list, problems = find(".")
    assert.is_nil(list)
    assert.equal("E005", problems[1].code)
  end)

  it("finds 10,000 files", function() -- how fast: bench/discover.lua
    shell("for d in $(seq 100); do mkdir d$d && "
      .. "(cd d$d && seq -f %%g.clnrm.toml 100 | xargs touch); done")
    make({ [".gitignore"] = "*.log\nbuild/\n/dist\n**/node_modules/\n!keep\n" })
    assert.equal(10000, #find("."))
  end)

  it("finds the project of a file: the nearest clnrm.toml upwards, else its own folder", function()
    make({
      ["p/clnrm.toml"] = "",
      ["p/t/s/a.toml"] = "",
      ["old/cleanroom.toml"] = "",
      ["old/a.toml"] = "",
      ["none/t/a.toml"] = "",
    })
    local folder, file = discover.project(top .. "/p/t/s/a.toml")
    assert.same({ top .. "/p", top .. "/p/clnrm.toml" }, { folder, file })
    assert.equal(top .. "/old", (discover.project(top .. "/old/a.toml")))
    assert.equal(top .. "/none/t", (discover.project(top .. "/none/t/a.toml")))
    assert.equal(top .. "/p/t/s", (discover.project(top .. "/p/t/s/a.toml", top .. "/p/t")))
  end)
end)

describe("engine.discover.ignore", function()
  --- Tells which of the names a set of lines leaves out; "x/" is a folder.
  local function left_out(lines, names)
    local rules = {}
    for _, line in ipairs(lines) do
      rules[#rules + 1] = ignore.rule(line, 0)
    end
    local out = {}
    for _, name in ipairs(names) do
      local folder, last, slash = name:match("^(.-)([^/]+)(/?)$")
      if ignore.test(rules, folder, last, slash == "/") then
        out[#out + 1] = name
      end
    end
    return table.concat(out, " ")
  end

  it("means what git means", function()
    local names = {
      "a", "a/", "b/a", "b/a/", "x.log", "b/x.log", "a/b", "a/c/b", "{a,b}", "!a", "#a", "a b",
      "abc",
    }
    local function check(expected, ...)
      assert.equal(expected, left_out({ ... }, names))
    end
    check("a a/ b/a b/a/", "a")
    check("a a/", "/a")
    check("a/ b/a/", "a/")
    check("x.log b/x.log", "*.log")
    check("x.log", "*.log", "!b/x.log")
    check("a/b", "a/*b")
    check("a/b a/c/b", "a/**")
    check("a/b a/c/b", "a/**/b")
    check("a/c/b", "**/c/b")
    check("b/a b/a/ b/x.log", "b/*")
    check("{a,b}", "{a,b}")
    check("!a", "\\!a")
    check("#a", "\\#a")
    check("a b", "a\\ b")
    check("abc", "a[b-c]c")
    check("abc", "a[^x]c")
    check("abc", "a?c   \r")
    check("", "[a")
  end)

  it("passes over blank lines and comments", function()
    for _, line in ipairs({ "", "   ", "# a", "\r", "/", "!" }) do
      assert.is_nil(ignore.rule(line, 0), line)
    end
  end)
end)
