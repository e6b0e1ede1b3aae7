---@meta clnrm.service

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- Specifications for `t:open{ services = { name = spec } }`: plain tables.
--- `clnrm.service.NAME(options)` also takes the modules of the project's own services/ folder. A
--- table without a module, such as `{ command = { "httpd" } }`, needs nothing of this.
---@class clnrm.service
local service = {}

--- A service without a module: `image`, `command`, `wait` and the other keys say it all.
---
--- ```lua
--- local spec = clnrm.service.generic({ stop_timeout = "2s" })
--- clnrm.expect(spec):equals({ plugin = "generic", stop_timeout = "2s" })
--- ```
---@param options? table
---@return table spec
function service.generic(options) end

--- Files of a directory over HTTP, by python3. Options besides those of every service: `port`,
--- `root`.
---
--- ```lua
--- local spec = clnrm.service.http({ stop_timeout = "2s" })
--- clnrm.expect(spec):equals({ plugin = "http", stop_timeout = "2s" })
--- ```
---@param options? table
---@return table spec
function service.http(options) end

--- MariaDB: a database made once, and a private copy of it for each room. Options besides those of
--- every service: `database`, `init_files`, `init`, `password`, `port`, `username`.
---
--- ```lua
--- local spec = clnrm.service.mariadb({ stop_timeout = "2s" })
--- clnrm.expect(spec):equals({ plugin = "mariadb", stop_timeout = "2s" })
--- ```
---@param options? table
---@return table spec
function service.mariadb(options) end

--- Nginx: files of a directory, and locations of your own. Options besides those of every service:
--- `locations`, `port`, `root`, `server`.
---
--- ```lua
--- local spec = clnrm.service.nginx({ stop_timeout = "2s" })
--- clnrm.expect(spec):equals({ plugin = "nginx", stop_timeout = "2s" })
--- ```
---@param options? table
---@return table spec
function service.nginx(options) end

--- PostgreSQL: a database made once, and a private copy of it for each room. Options besides those
--- of every service: `database`, `init_files`, `init`, `password`, `port`, `username`.
---
--- ```lua
--- local spec = clnrm.service.postgres({ stop_timeout = "2s" })
--- clnrm.expect(spec):equals({ plugin = "postgres", stop_timeout = "2s" })
--- ```
---@param options? table
---@return table spec
function service.postgres(options) end

--- Prometheus: scrapes itself and the services that are named, empty at the start. Options besides
--- those of every service: `interval`, `port`, `rules`, `scraped`, `targets`.
---
--- ```lua
--- local spec = clnrm.service.prometheus({ stop_timeout = "2s" })
--- clnrm.expect(spec):equals({ plugin = "prometheus", stop_timeout = "2s" })
--- ```
---@param options? table
---@return table spec
function service.prometheus(options) end

--- RabbitMQ: one node, empty at the start of each room. Options besides those of every service:
--- `password`, `plugins`, `port`, `username`, `vhost`.
---
--- ```lua
--- local spec = clnrm.service.rabbitmq({ stop_timeout = "2s" })
--- clnrm.expect(spec):equals({ plugin = "rabbitmq", stop_timeout = "2s" })
--- ```
---@param options? table
---@return table spec
function service.rabbitmq(options) end

--- Redis: in memory only, empty at the start of each room. Options besides those of every service:
--- `databases`, `password`, `port`.
---
--- ```lua
--- local spec = clnrm.service.redis({ stop_timeout = "2s" })
--- clnrm.expect(spec):equals({ plugin = "redis", stop_timeout = "2s" })
--- ```
---@param options? table
---@return table spec
function service.redis(options) end

return service
