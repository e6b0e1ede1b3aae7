--- Hostile texts, each in a process of its own: right answer, below 1 s and 64 MB.
local clnrm = assert(os.getenv("CLNRM"))
local variant = os.getenv("CLNRM_VARIANT") or "release"
local tool = (os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/toml_hostile.lua"

-- Sanitizers keep memory of their own and cost time; there only the answers are asked for.
local is_plain = variant == "release" or variant == "debug"
local SECONDS_MAX, PEAK_KB_MAX = 1, 64 * 1024

local ANSWERS = {
  almost_headers = "P026@2:2",
  blanks = "ok",
  braces = "P005@1:389",
  brackets = "P005@1:133",
  closed_brackets = "P005@1:133",
  comment = "ok",
  comments = "ok",
  deep_headers = "ok",
  dots = "P005@1:257",
  elements = "ok",
  errors = "P011@1:2",
  escapes = "ok",
  header_dots = "P005@1:258",
  key = "P007@1:1",
  keys = "ok",
  nested = "ok",
  newlines = "ok",
  not_utf8 = "P001@1:1",
  nul = "P002@1:1",
  number = "P024@1:5",
  only_dots = "P010@1:1",
  open_string = "P020@1:5",
  quotes = "P027@1:1",
  same_key = "P030@2:1",
  same_key_on_a_line = "P030@1:4888901",
  string = "ok",
  too_large = "P000@1:1",
  too_many_elements = "P006@1:2000002",
  too_many_keys = "P006@1000000:1",
  too_many_tables = "P006@1000000:2",
  unclosed_arrays = "P015@2:1",
  unclosed_strings = "P019@1:6",
  wide_comments = "ok",
}

local function run(name)
  local pipe = assert(io.popen(("'%s' lua '%s' %s"):format(clnrm, tool, name)))
  local out = pipe:read("a")
  assert(pipe:close(), name)
  return out
end

describe("core.toml.decode of hostile texts", function()
  it("has an answer for each text", function()
    local names = {}
    for name in run(""):gmatch("%S+") do
      names[name] = true
    end
    for name in pairs(ANSWERS) do
      assert.is_true(names[name], name)
      names[name] = nil
    end
    assert.same({}, names)
  end)

  for name, answer in pairs(ANSWERS) do
    it("answers in time and memory: " .. name, function()
      local result, seconds, peak_kb = run(name):match("^(%S+)%s+(%S+)%s+(%d+)")
      assert.equal(answer, result)
      if is_plain then
        assert.is_true(tonumber(seconds) < SECONDS_MAX, seconds .. " s")
        assert.is_true(tonumber(peak_kb) < PEAK_KB_MAX, peak_kb .. " kB")
      end
    end)
  end
end)
