module outlast.example/go-http

go 1.19
