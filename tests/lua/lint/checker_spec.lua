--- What older versions had rules for and the checker tells now comes once, by the checker's code.
local lint = require("engine.lint")

local STEP = '[[steps]]\nname = "a"\ncommand = ["ls"]\n'

-- The rows of the table in docs/lint.md.
local TOLD = {
  ["a missing name"] = { '[[steps]]\ncommand = ["ls"]\n', "P104" },
  ["an orphan service reference"] = { STEP .. 'service = "db"\n', "P113" },
  ["a cycle in depends_on of services"] = {
    '[services.a]\ncommand = ["ls"]\ndepends_on = ["b"]\n[services.b]\ncommand = ["ls"]\n'
      .. 'depends_on = ["a"]\n' .. STEP, "P114" },
  ["a cycle in depends_on of steps"] = { STEP .. 'depends_on = ["b"]\n'
    .. '[[steps]]\nname = "b"\ncommand = ["ls"]\ndepends_on = ["a"]\n', "P114" },
  ["a duration that is none"] = { STEP .. 'timeout = "soon"\n', "P107" },
  ["an unknown exporter"] = { STEP .. '[otel]\nexporter = "carrier-pigeon"\n', "P103" },
  ["a ratio beyond 1"] = { STEP .. "[otel]\nsample_ratio = 2.0\n", "P103" },
  ["an image that is no reference"] = { STEP .. '[services.a]\nimage = "Redis:7:8"\n', "P103" },
  ["a port of the machine asked for twice"] = {
    '[services.a]\ncommand = ["ls"]\nports = ["8080:80"]\n[services.b]\ncommand = ["ls"]\n'
      .. 'ports = ["8080:80"]\n' .. STEP, "P105" },
  ["a mount outside the project"] = {
    STEP .. '[services.a]\ncommand = ["ls"]\nvolumes = ["/etc:/etc"]\n', "P122" },
  ["a name of a variable with ="] = { STEP .. 'env = { "A=B" = "1" }\n', "P103" },
  ["a key that is not known"] = { STEP .. "expected_exit_cod = 1\n", "P101" },
  ["a count that nothing meets"] = {
    STEP .. "[expect.counts]\nspans_total = { gte = 5, lte = 1 }\n", "P109" },
}

describe("lint tells, once and by the code of the checker,", function()
  local linter = assert(lint.new({}))
  for what, case in pairs(TOLD) do
    it(what, function()
      local text = 'meta.name = "t"\n' .. case[1]
      local result = linter:text(text, "/tmp/lint-checker/a.clnrm.toml",
        { file = "a.clnrm.toml", project_dir = "/tmp/lint-checker" })
      local count, others = 0, {}
      for _, d in ipairs(result.list) do
        count = count + (d.code == case[2] and 1 or 0)
        others[#others + 1] = d.rule and d.code or nil
      end
      assert.equal(1, count, require("core.json").encode(result.list))
      assert.same({}, others)
      assert.is_true(result.is_broken)
    end)
  end
end)

describe("no rule tells an example of this project:", function()
  local linter = assert(lint.new({}))
  local fs = require("core.fs")

  -- What stands there to be told.
  local MEANT = {
    ["should-fail.clnrm.toml"] = "L017", ["lua-no-check.clnrm.lua"] = "L503",
    ["steps-only.clnrm.toml"] = "L004",
  }

  local function check(path)
    local project = assert(fs.realpath(path:match("^(.*)/")))
    local result = linter:text(assert(fs.read(path)), assert(fs.realpath(path)),
      { file = path, project_dir = project })
    for _, d in ipairs(result.list) do
      local is_meant = MEANT[path:match("[^/]*$")] == d.code
      assert.is_true(is_meant or not d.rule, ("%s:%s: %s"):format(path, d.line, d.message))
    end
  end

  local function each(folder)
    for _, entry in ipairs(assert(fs.scandir(folder))) do
      local path = folder .. "/" .. entry.name
      if entry.type == "directory" then
        each(path)
      elseif path:find("%.clnrm%.toml$") or path:find("%.clnrm%.lua$") then
        it(path, function()
          check(path)
        end)
      end
    end
  end

  each("examples")
  each("tests/fixtures/compat")
end)

describe("a tag that cannot be rendered", function()
  local linter = assert(lint.new({}))

  local function told(text)
    local codes = {}
    local result = linter:text('meta.name = "t"\n' .. STEP .. text,
      "/tmp/lint-checker/a.clnrm.toml", { file = "a.clnrm.toml", project_dir = "/nowhere" })
    for i, d in ipairs(result.list) do
      codes[i] = d.code
    end
    return codes
  end

  it("is told alone, whatever it would have given", function()
    for _, line in ipairs({ "{{ no() }} # why\n", "{{ no() }}{{ no() }}\n", "{{ no() }} x = 1\n",
      "env = { {{ no() }} }\n", "x = [{{ no() }} {{ no() }}]\n", "{{ 1 }}{{ no() }}",
      "{{ no(\n) }} # why\n" }) do
      assert.same({ "R006" }, told(line), line)
    end
  end)

  it("hides no error of another line", function()
    assert.same({ "R006", "P011" }, told("{{ no() }}\nfoo\n"))
    assert.same({ "P011", "R006" }, told("foo\n{{ no() }} # why\n"))
    assert.same({ "R006", "P012" }, told("a = '{{ no() }}'\nb = \n"))
  end)
end)
