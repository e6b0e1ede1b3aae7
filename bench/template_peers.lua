--- Templates beside Tera 1.20, Tera 2, minijinja and jinja2: the first use of one (set up, compile,
--- render), and a compiled one.  CPU time; all write the same bytes, or there is no comparison.
---
--- The peers are built first (bench/peers/template/build.sh); one that cannot be built is left out.
local compare = require("compare")
local json = require("core.json")
local template_text = require("template_text")

local clnrm = assert(os.getenv("CLNRM"))
local built = "build/bench/template"
assert(os.execute("sh bench/peers/template/build.sh " .. built))

local dir = compare.directory("template-texts")
for dialect, translate in pairs(template_text.DIALECTS) do
  assert(os.execute(("mkdir -p '%s/%s'"):format(dir, dialect)))
  for name, text in pairs(template_text.templates()) do
    compare.write(("%s/%s/%s"):format(dir, dialect, name), translate(text))
  end
end
compare.write(dir .. "/values.json", assert(json.encode(template_text.values())))

local function exists(path)
  local file = io.open(path)
  return file and file:close()
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  assert(pipe:close(), "failed: " .. command)
  return text
end

--- Measures a program that prints the CPU seconds of each rendering.
local function measure(command)
  return function()
    local samples = {}
    for seconds in output(command):gmatch("%S+") do
      samples[#samples + 1] = math.floor(tonumber(seconds) * 1e9)
    end
    return samples
  end
end

local OURS = ("XDG_CACHE_HOME='%s/cache' %s lua bench/peers/template/ours.lua "):format(dir, clnrm)
local PEERS = {
  { name = "Tera 1.20", file = built .. "/template-peer", args = " tera1 " },
  { name = "Tera 2", file = built .. "/template-peer", args = " tera2 " },
  { name = "minijinja", file = built .. "/template-peer", args = " minijinja " },
  { name = "jinja2", file = built .. "/venv/bin/python",
    args = " bench/peers/template/jinja2_peer.py " },
}

local function compare_all(way, title, name, count, ours)
  local rest = (" %s %s %d"):format(dir, name, count)
  local text, cases = output(OURS .. "text" .. rest), {}
  for _, peer in ipairs(PEERS) do
    if exists(peer.file) then
      local command = peer.file .. peer.args
      if output(command .. "text" .. rest) ~= text then
        error(peer.name .. " writes another text for " .. name)
      end
      cases[#cases + 1] = { name = peer.name, measure = measure(command .. way .. rest) }
    end
  end
  for _, case in ipairs(ours) do
    cases[#cases + 1] = { name = case[1], measure = measure(OURS .. case[2] .. rest),
      goal = case[3] }
  end
  compare.run({
    name = ("template-peers-%s-%s"):format(way, name),
    title = ("%s, %s: %d bytes come out"):format(title, name, #text),
    rounds = 8, cases = cases,
  })
end

for _, name in ipairs(template_text.NAMES) do
  compare_all("first", "first use", name, name == "simple" and 100 or 20, {
    { "clnrm, from the text", "first", "ratio 0.4" },
    -- of plain templates nothing is on disk
    { "clnrm, with what it keeps on disk", "stored", "ahead of minijinja" },
  })
end
compare_all("cached", "compiled", "complex", 50, { { "clnrm", "cached", "ahead of all" } })
