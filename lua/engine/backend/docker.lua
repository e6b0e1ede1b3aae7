--- The Docker backend: rooms of containers by the Engine API.
---@class engine.backend.docker: engine.backend
return require("engine.backend.container").new("docker")
