--- Hostile texts to be formatted, each in a process of its own: an answer, below 1 s and
--- 128 MB (a text of 16 MiB can have as many tokens, of 4 bytes each).
local clnrm = assert(os.getenv("CLNRM"))
local variant = os.getenv("CLNRM_VARIANT") or "release"
local tool = (os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/toml_hostile.lua"

local is_plain = variant == "release" or variant == "debug"
local SECONDS_MAX, PEAK_KB_MAX = 1, 128 * 1024

-- Of texts without errors; what is wrong with the others tests/lua/toml_limits_spec.lua asks.
local OK = {
  blanks = true, comment = true, comments = true, deep_headers = true, elements = true,
  escapes = true, keys = true, newlines = true, string = true, wide_comments = true,
}

local function run(arguments)
  local pipe = assert(io.popen(("'%s' lua '%s' %s"):format(clnrm, tool, arguments)))
  local out = pipe:read("a")
  assert(pipe:close(), arguments)
  return out
end

describe("core.toml.format of hostile texts", function()
  for name in run(""):gmatch("%S+") do
    it("answers in time and memory: " .. name, function()
      local result, seconds, peak_kb = run(name .. " format"):match("^(%S+)%s+(%S+)%s+(%d+)")
      if name == "nested" then
        assert.equal("ELIMIT", result) -- one level on each line, it would be of 60 MB
      else
        assert.equal(OK[name] or false, result == "ok")
      end
      if is_plain then
        assert.is_true(tonumber(seconds) < SECONDS_MAX, seconds .. " s")
        assert.is_true(tonumber(peak_kb) < PEAK_KB_MAX, peak_kb .. " kB")
      end
    end)
  end
end)
