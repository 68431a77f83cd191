import { say } from '../rps/shared.mjs';
say('last');
