--- TOML text to values: ours into Lua tables, the peers into trees of their own.  CPU time.
---
--- The peers are built first (bench/peers/toml/build.sh); one that cannot be built is left out.
--- TOML_FILE=PATH measures that file, too.
local compare = require("compare")
local toml_text = require("toml_text")

local clnrm = assert(os.getenv("CLNRM"))
local dir = "build/bench/toml"
assert(os.execute("sh bench/peers/toml/build.sh " .. dir))

local function exists(path)
  local file = io.open(path)
  return file and file:close()
end

--- Measures a peer that prints the CPU seconds of `count` readings.
local function measure(command, path, count)
  return function()
    local pipe = assert(io.popen(("%s %s %d"):format(command, path, count)))
    local seconds = tonumber(pipe:read("l"))
    assert(pipe:close() and seconds, "failed: " .. command)
    return { math.floor(seconds * 1e9) }
  end
end

local peers = {
  { "Rust toml 1.2, borrowed", "rust-toml borrowed" },
  { "Rust toml 1.2, owned", "rust-toml owned" },
  { "Rust toml_edit 0.25", "rust-toml edit" },
  { "toml++ (Debian)", "tomlplusplus" },
  { "clnrm, tree in C only", "core" },
}

local function run(name, path, count)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  local cases = {}
  for _, peer in ipairs(peers) do
    local command = dir .. "/" .. peer[2]
    if exists(command:match("^%S+")) then
      cases[#cases + 1] = { name = peer[1], measure = measure(command, path, count), per = count }
    end
  end
  local ours = clnrm .. " lua bench/peers/toml/ours.lua "
  cases[#cases + 1] = {
    name = "clnrm, Lua tables",
    measure = measure(ours .. "plain", path, count),
    per = count,
    goal = "ratio 0.71",
  }
  cases[#cases + 1] = {
    name = "clnrm, Lua tables and positions",
    measure = measure(ours .. "positions", path, count),
    per = count,
  }
  compare.run({
    name = "toml-" .. name,
    title = ("%d bytes of TOML to values, %d times a sample"):format(#text, count),
    rounds = 15,
    bytes = #text,
    cases = cases,
  })
end

local function run_generated(name, bytes, count)
  local path = ("%s/%s.toml"):format(dir, name)
  local file = assert(io.open(path, "wb"))
  file:write(toml_text.generate(42, bytes))
  assert(file:close())
  run(name, path, count)
end

run_generated("large", 52000, 300)
run_generated("medium", 4000, 4000)
if os.getenv("TOML_FILE") then
  run("file", os.getenv("TOML_FILE"), 300)
end
