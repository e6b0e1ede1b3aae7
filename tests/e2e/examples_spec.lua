--- The examples do what they say: those of examples/ pass, each of examples/failing/ fails with the
--- code it was written for.
local root = assert(os.getenv("CLNRM_ROOT"))
local clnrm = assert(os.getenv("CLNRM"))

--- Runs clnrm in the source tree; returns its exit code and what it printed on stdout.
local function run(args)
  local command = "cd '%s' && '%s' run %s 2>/dev/null; echo $?"
  local pipe = assert(io.popen(command:format(root, clnrm, args)))
  local text = pipe:read("a")
  pipe:close()
  local output, code = text:match("^(.-)(%d+)\n$")
  return tonumber(code), output
end

--- Exit code and codes of diagnostics of each file of the gallery, in order of appearance.
local FAILING = {
  ["cut-output"] = { 2, "T402" },
  ["exit-code"] = { 1, "T001" },
  ["file"] = { 1, "T105 T301" },
  ["flaky"] = { 1, "T710" },
  ["health-body"] = { 1, "T601" },
  ["json"] = { 1, "T108" },
  ["killed"] = { 1, "T002" },
  ["lua-assert"] = { 1, "T701" },
  ["lua-error"] = { 2, "T702" },
  ["lua-eventually"] = { 1, "T105" },
  ["lua-expect"] = { 1, "T105" },
  ["lua-no-check"] = { 1, "T704" },
  ["missing-command"] = { 1, "T004" },
  ["not-enforced"] = { 2, "P120" },
  ["not-ready"] = { 1, "T601" },
  ["port-taken"] = { 1, "T605" },
  ["service-dies"] = { 1, "T603" },
  ["should-fail"] = { 1, "T003" },
  ["snapshot"] = { 1, "T801" },
  ["stdout"] = { 1, "T101 T103" },
  ["task-fails"] = { 1, "T604" },
  ["timeout"] = { 1, "T005" },
  ["typo"] = { 2, "P104 P101 P101 P107 P101" },
}

local function failing_files()
  local names = {}
  local pipe = assert(io.popen(("ls '%s/examples/failing'"):format(root)))
  for name in pipe:lines() do
    if name ~= "snapshots" then
      assert(name:match("%.clnrm%.toml$") or name:match("%.clnrm%.lua$"), name)
      names[#names + 1] = name
    end
  end
  pipe:close()
  return names
end

describe("examples", function()
  it("pass, every one of them, and leave nothing running", function()
    local code, output = run("--slow-after 10m examples") -- of a test, not of this machine's load
    assert.equal(0, code, output)
    assert.matches("Summary %[ *%d+%.%d+s%] (%d+) run: %1 passed\n", output)
  end)

  it("of an image passes with the image that its script makes", function()
    assert(os.execute(("'%s/examples/image/make.sh'"):format(root)))
    local cache = os.tmpname()
    os.remove(cache)
    local command = "cd '%s' && XDG_CACHE_HOME='%s' '%s' run examples/image/redis.clnrm.toml 2>&1; "
      .. "echo $?; rm -rf '%s' examples/image/redis.tar"
    local pipe = assert(io.popen(command:format(root, cache, clnrm, cache)))
    local output, code = pipe:read("a"):match("^(.-)(%d+)\n$")
    pipe:close()
    assert.equal("0", code, output)
    assert.matches("1 run: 1 passed", output)
  end)

  it("of services that were never run say so, and when they were checked; all are valid", function()
    local pipe = assert(io.popen(("ls '%s'/examples/services/recipes/*.toml"):format(root)))
    local count = 0
    for path in pipe:lines() do
      local file = assert(io.open(path))
      assert.matches("^# Never run by us: .+", file:read("l"), path)
      assert.matches("^# Checked on 20%d%d%-%d%d%-%d%d: .+", file:read("l"), path)
      local text = file:read("a")
      file:close()
      assert.is_nil(path:find(".clnrm.toml", 1, true), path .. ": runs of the folder find it")
      for _, wanted in ipairs({ "\nimage = ", "\nports = ", "\nwait = ", "\nexpect.stdout." }) do
        assert.truthy(text:find(wanted, 1, true), path .. wanted)
      end
      count = count + 1
    end
    pipe:close()
    local command = "cd '%s' && '%s' validate examples/services/recipes/*.toml 2>&1"
    pipe = assert(io.popen(command:format(root, clnrm)))
    local output = pipe:read("a")
    assert.is_true(pipe:close(), output)
    assert.equal(("%d files, %d scenarios: valid\n"):format(count, count), output)
    assert.equal(9, count)
  end)

  for _, name in ipairs(failing_files()) do
    it("failing/" .. name .. " fails as it should", function()
      local wanted = assert(FAILING[name:match("^[^.]+")], "say here how it should fail")
      local code, output = run("examples/failing/" .. name)
      local codes = {}
      for found in output:gmatch("\nerror%[(%u%d+)%]") do
        codes[#codes + 1] = found
      end
      assert.same({ wanted[1], wanted[2] }, { code, table.concat(codes, " ") }, output)
    end)
  end

  it("of the gallery all fail when they run together", function()
    local code, output = run("examples/failing")
    assert.equal(2, code, output)
    assert.is_nil(output:match("\n *PASS"))
  end)
end)
