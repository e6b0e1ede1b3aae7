--- clnrm fmt beside taplo: how much text a second, and whole processes over 1 to 1,000 files.
---
--- taplo is TAPLO=PATH, or the one in PATH; without one only ours is measured.  Its wheel holds the
--- program: pip download --no-deps taplo==0.9.3 && unzip taplo-*.whl.
local compare = require("compare")
local toml = require("core.toml")
local toml_text = require("toml_text")

local clnrm = assert(os.getenv("CLNRM"))
local FILE_BYTES = 5000
local SIZES = { 1, 10, 100, 1000 }

local function find_taplo()
  local path = os.getenv("TAPLO")
  if not path then
    local pipe = assert(io.popen("command -v taplo"))
    path = pipe:read("l")
    pipe:close()
  end
  local works = path and os.execute(("'%s' --version >/dev/null 2>&1"):format(path))
  if not works then
    print("\nno taplo: ours is measured alone (TAPLO=PATH names one)")
  end
  return works and path
end

local taplo = find_taplo()

--- A text as people type it: blanks of a layout that is not ours.
local function rough(text)
  return (text:gsub("\n(%S+) = ", "\n%1  =  "))
end

--- Measures the CPU time of `count` calls.
local function in_process(count, work)
  return function()
    collectgarbage()
    local start = os.clock()
    for _ = 1, count do
      work()
    end
    return { math.floor((os.clock() - start) * 1e9) }
  end
end

local function throughput()
  local smooth = assert(toml.format(toml_text.generate(42, 52000)))
  local text = rough(smooth)
  assert(toml.format(text) == smooth)
  local function case(name, work)
    return { name = name, measure = in_process(100, work), per = 100 }
  end
  compare.run({
    name = "fmt-text",
    title = ("%d bytes, in the process, CPU time; MB/s = bytes / time"):format(#text),
    rounds = 15,
    cases = {
      case("read: tree and tokens, to no Lua value", function() assert(toml.same(text, text)) end),
      case("format", function() assert(toml.format(text) == smooth) end),
      case("format, already formatted", function() assert(toml.format(smooth) == smooth) end),
      case("format, proven (as before a write)", function()
        local made = assert(toml.format(text))
        assert(toml.same(text, made))
      end),
      case("tokens as Lua tables", function() assert(toml.tokens(text)) end),
    },
  })
end

--- Writes `count` files, formatted by `program`.
local function directory(name, count, bytes, format)
  local dir = compare.directory(name)
  for i = 1, count do
    compare.write(("%s/t%04d.clnrm.toml"):format(dir, i), rough(toml_text.generate(i, bytes)))
  end
  assert(os.execute(format:format(dir)))
  return dir
end

local function case(name, count, command, goal)
  return { name = name, measure = compare.command(count, command), goal = goal }
end

local OURS = "'" .. clnrm .. "' fmt%s --config none '%%s' >/dev/null"
local THEIRS = taplo and "'" .. taplo .. "' fmt%s '%%s'/*.toml >/dev/null 2>&1"

--- `fmt --check` of files that are formatted, each peer's in its own layout.
local function check(count)
  local ours = directory("fmt-ours", count, FILE_BYTES, OURS:format(""))
  local cases, per_round = {}, count == 1000 and 1 or 5
  if taplo then
    local theirs = directory("fmt-taplo", count, FILE_BYTES, THEIRS:format(""))
    cases[1] = case("taplo fmt --check", per_round, ("%s fmt --check '%s/*.toml'"):format(taplo,
      theirs))
  end
  cases[#cases + 1] = case("clnrm fmt --check", per_round,
    ("%s fmt --check --config none %s"):format(clnrm, ours), count == 1000 and "ratio 0.20" or nil)
  compare.run({
    name = "fmt-check-" .. count,
    title = ("--check of %d formatted files of about %d bytes, whole process"):format(count,
      FILE_BYTES),
    rounds = 15,
    cases = cases,
  })
end

--- One file of 4 MB, rough, to standard output: mostly text, hardly process.
local function large()
  local dir = compare.directory("fmt-large")
  local pieces = {}
  for i = 1, 80 do -- tables of another name in each piece: no key is given twice
    pieces[i] = rough(toml_text.generate(i, 52000)):gsub("\n(%[+)", "\n%1p" .. i .. ".")
      :gsub("^[^%[]*", "", 1)
  end
  local text = table.concat(pieces)
  assert(toml.decode(text))
  compare.write(dir .. "/large.toml", text)
  local cases = {}
  if taplo then
    cases[1] = case("taplo fmt -", 1, ("sh -c '%s fmt - < %s/large.toml'"):format(taplo, dir))
  end
  cases[#cases + 1] = case("clnrm fmt -", 1,
    ("sh -c '%s fmt --config none - < %s/large.toml'"):format(clnrm, dir), "ratio 0.33")
  compare.run({
    name = "fmt-large",
    title = ("%d bytes from standard input to standard output, whole process"):format(#text),
    rounds = 7,
    cases = cases,
  })
end

throughput()
large()
for _, count in ipairs(SIZES) do
  check(count)
end
