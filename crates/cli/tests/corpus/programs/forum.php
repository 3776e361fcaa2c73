<?php
// A small forum in PHP that goes wrong in the way its first argument names.
function post(array $thread, string $name): string {
    if (!isset($thread[$name])) {
        throw new RuntimeException("no post named $name");
    }
    return $thread[$name];
}

switch ($argv[1] ?? '') {
    case 'exception': echo post([], 'welcome'); break;
    case 'call': echo moderate($argv); break;
    case 'memory':
        ini_set('memory_limit', '16M');
        $posts = [];
        while (true) { $posts[] = str_repeat('x', 1 << 20) . count($posts); }
    case 'require': require 'moderators.php'; break;
}
