# A small shelf in Perl that goes wrong in the way its first argument names.
use strict;
use warnings;

my ($how, $first) = @ARGV;
if ($how eq 'die') { place(99) }
elsif ($how eq 'module') { require Shelf::Ladder }
elsif ($how eq 'open') { open(my $file, '<', $first) or die "cannot open $first: $!" }
elsif ($how eq 'quiet') { die { code => 7 } }

sub place {
    my ($board) = @_;
    die "no board $board on this shelf";
}
