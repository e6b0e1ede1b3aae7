--- One hostile text: clnrm lua tests/tools/toml_hostile.lua NAME [format]
---
--- Decodes it (or formats it) and prints "RESULT SECONDS PEAK_KB"; without a NAME prints the names.
--- RESULT is `ok`, or the code and the place of the first problem.
local toml = require("core.toml")

--- Numbered copies of a form; made in a file, so that making them does not count in the memory.
local function numbered(count, form)
  local file = assert(io.tmpfile())
  for i = 1, count do
    file:write((form:format(i)))
  end
  file:seek("set")
  local text = file:read("a")
  file:close()
  return text
end

local TEXTS = {
  brackets = function() return "a = " .. ("["):rep(100000) end,
  closed_brackets = function() return "a = " .. ("["):rep(100000) .. ("]"):rep(100000) end,
  braces = function() return "a = " .. ("{a="):rep(100000) end,
  dots = function() return ("a."):rep(200000) .. "a = 1" end,
  header_dots = function() return "[" .. ("a."):rep(200000) .. "a]" end,
  only_dots = function() return ("."):rep(200000) end,
  keys = function() return numbered(100000, "key%d = 1\n") end,
  too_many_keys = function() return numbered(1000000, "k%d = 1\n") end,
  too_many_tables = function() return numbered(1000000, "[t%d]\n") end,
  too_many_elements = function() return "a = [" .. ("1,"):rep(1000000) .. "]" end,
  elements = function() return "a = [" .. ("1,"):rep(999000) .. "]" end,
  string = function() return 'a = "' .. ("x"):rep(10000000) .. '"' end,
  escapes = function() return 'a = "' .. ("\\n"):rep(5000000) .. '"' end,
  open_string = function() return 'a = """' .. ("x"):rep(10000000) end,
  quotes = function() return ('"'):rep(10000000) end,
  key = function() return ("x"):rep(10000000) .. " = 1" end,
  number = function() return "a = " .. ("1"):rep(10000000) end,
  comment = function() return "#" .. ("x"):rep(10000000) end,
  blanks = function() return (" "):rep(16 * 1024 * 1024) end,
  too_large = function() return ("#"):rep(16 * 1024 * 1024 + 1) end,
  nul = function() return ("\0"):rep(10000000) end,
  not_utf8 = function() return ("\xff"):rep(10000000) end,
  errors = function() return ("x\n"):rep(4000000) end,
  same_key = function() return ("a = 1\n"):rep(2000000) end,
  same_key_on_a_line = function()
    return "a = {" .. numbered(500000, "b%d=1,") .. ("b1=1,"):rep(60) .. "}"
  end,
  newlines = function() return ("\n"):rep(16 * 1024 * 1024) end,
  nested = function() -- each level is measured once
    local row = ("["):rep(100) .. "1,2" .. ("]"):rep(100)
    return "a = [\n" .. (row .. ",\n"):rep(3000) .. "]"
  end,
  comments = function() return "a = [" .. ("#\n"):rep(3000000) .. "]" end,
  wide_comments = function() return "a = 1 # c\n" .. numbered(100000, "b%d = 2 # d\n") end,
  unclosed_arrays = function() return ("a = [1\n"):rep(1000000) end,
  unclosed_strings = function() return ('a = ["\n'):rep(1000000) end,
  almost_headers = function() return "a = [\n" .. ("[abc . "):rep(1000000) end,
  deep_headers = function()
    return numbered(30000, "[" .. ("a."):rep(120) .. "b%d]\n")
  end,
}

if not arg[1] then
  for name in pairs(TEXTS) do
    print(name)
  end
  return
end

local function peak_kb()
  local file = assert(io.open("/proc/self/status"))
  local kb = file:read("a"):match("VmHWM:%s*(%d+)")
  file:close()
  return kb
end

collectgarbage("generational") -- what the making of the text leaves goes at once
local text = TEXTS[arg[1]]()
collectgarbage()
collectgarbage("incremental")
local start = os.clock()
local work = arg[2] == "format" and toml.format or toml.decode
local value, problems = work(text)
local seconds = os.clock() - start
local first = problems and problems[1]
local result = value and "ok" or first and ("%s@%d:%d"):format(first.code, first.line,
  first.column) or problems.code
print(result, seconds, peak_kb())
